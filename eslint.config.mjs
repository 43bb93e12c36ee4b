import eslint from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const shipped = ["index.ts", "src/**/*.ts", "decorators/**/*.ts", "plugins/**/*.ts"];
const tests = ["**/*.test.ts"];
// What runs inside a simulated cluster, but for the programs that run one.
const simulated = ["test/testing/**/*.ts", "test/simulation/**/*.ts"];
const programs = ["test/simulation/run.ts", "test/simulation/short-run-process.ts"];

// The environment rule: time, timers, chance, the process and the network come from the injected
// Environment, never from the platform, so that a test can replace them all and replay a run from
// its seed. Two files touch the platform: plugins/standard/environment.ts, and its sockets of TLS.
const theEnvironment = ["plugins/standard/environment.ts", "plugins/standard/secure-sockets.ts"];

// gRPC's plugins stand on HTTP/2 as Node has it, with sockets and windows of its own.
const onHttp2 = ["plugins/client/grpc/*.ts", "plugins/server/grpc/*.ts"];

const instead = (what) => `Use ${what} of the injected Environment instead.`;
const clock = instead("the clock");
const timers = instead("the timers");
const random = instead("the random source");
const process = instead("the process access");
const network = instead("the network access");

const forbiddenGlobals = {
  performance: clock,
  setTimeout: timers,
  setInterval: timers,
  setImmediate: timers,
  clearTimeout: timers,
  clearInterval: timers,
  clearImmediate: timers,
  crypto: random,
  Crypto: random,
  process,
  fetch: network,
  WebSocket: network,
  EventSource: network,
  global: instead("what you need"),
};

const forbiddenProperties = {
  "Date.now": clock,
  "Math.random": random,
  "AbortSignal.timeout": timers,
  "AbortSignal.any":
    "It leaves a note in a signal that lives on for each that was made of it. Use followSignals instead.",
};

const forbiddenModules = {
  net: network,
  dgram: network,
  tls: network,
  http: network,
  https: network,
  http2: network,
  timers,
  "timers/promises": timers,
  perf_hooks: clock,
  crypto: random,
  process,
};

/** `Date.now` as `globalThis.Date.now`, which `no-restricted-properties` does not see. */
const throughTheGlobalObject = Object.entries(forbiddenProperties).map(([path, message]) => {
  const [object, property] = path.split(".");
  return {
    selector: `MemberExpression[object.object.name=globalThis][object.property.name=${object}][property.name=${property}]`,
    message: `'${path}' is forbidden here. ${message}`,
  };
});

const modulesWithout = (allowed) =>
  Object.entries(forbiddenModules).filter(([name]) => !allowed.includes(name));

const environmentRuleWithout = (...allowed) => ({
  "no-restricted-globals": [
    "error",
    {
      globals: Object.entries(forbiddenGlobals).map(([name, message]) => ({ name, message })),
      checkGlobalObject: true,
    },
  ],
  "no-restricted-properties": [
    "error",
    ...Object.entries(forbiddenProperties).map(([path, message]) => {
      const [object, property] = path.split(".");
      return { object, property, message };
    }),
  ],
  "no-restricted-syntax": [
    "error",
    ...throughTheGlobalObject,
    {
      selector:
        "NewExpression[arguments.length=0]:matches([callee.name=Date], [callee.object.name=globalThis][callee.property.name=Date])",
      message: `'new Date()' reads the time. ${clock}`,
    },
    {
      selector:
        "CallExpression:matches([callee.name=Date], [callee.object.name=globalThis][callee.property.name=Date])",
      message: `'Date()' reads the time. ${clock}`,
    },
    ...modulesWithout(allowed).map(([name, message]) => ({
      selector: `ImportExpression[source.value=/^(node:)?${name.replace("/", "\\u002F")}$/]`,
      message: `import("node:${name}") is forbidden here. ${message}`,
    })),
  ],
  "@typescript-eslint/no-restricted-imports": [
    "error",
    {
      paths: modulesWithout(allowed).flatMap(([name, message]) =>
        [name, `node:${name}`].map((path) => ({ name: path, message, allowTypeImports: true })),
      ),
    },
  ],
});

export default defineConfig(
  globalIgnores(["dist/", "coverage/"]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  eslint.configs.recommended,
  {
    files: ["**/*.{mjs,cjs}"],
    languageOptions: {
      globals: Object.fromEntries(
        ["clearTimeout", "console", "module", "process", "require", "setTimeout"].map((name) => [
          name,
          "readonly",
        ]),
      ),
    },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error", // leaves decorated classes alone
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/no-extraneous-class": "off", // a class may be a token or a mark
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
      "@typescript-eslint/prefer-nullish-coalescing": [
        "error",
        { ignorePrimitives: { string: true } }, // "" may want its default too
      ],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // With noUncheckedIndexedAccess an index that was just checked needs the mark.
      "@typescript-eslint/no-non-null-assertion": "off",
      // Saying a default type argument is saying more, not less.
      "@typescript-eslint/no-unnecessary-type-arguments": "off",
      // A method without a request takes `void`.
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      // An implementation of a Promise-returning contract is async with or without an await.
      "@typescript-eslint/require-await": "off",
      // Wants `extends`; our contracts are abstract classes that a plugin `implements`.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      // Believes that a flag read before an await still holds after it.
      "@typescript-eslint/no-unnecessary-condition": "off",
      // A type parameter that appears once is how `call<Reply>(...)` is typed.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      eqeqeq: "error",
    },
  },
  {
    files: shipped,
    rules: {
      "no-console": "error",
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: shipped,
    ignores: [...tests, ...theEnvironment, ...onHttp2],
    rules: environmentRuleWithout(),
  },
  { files: onHttp2, ignores: tests, rules: environmentRuleWithout("http2") },
  { files: simulated, ignores: [...tests, ...programs], rules: environmentRuleWithout() },
  {
    files: ["samples/**/*.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^(\\.\\./)+(index|src|decorators|plugins|test)\\b",
              message:
                'A sample reads like user code: import from "plugboard" or one of its doors.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ["test/**/*.ts", ...tests],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
);
