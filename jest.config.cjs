// Tests run on the sources, through swc, with the decorator metadata that tsc would emit.

/** Packages that are ES modules only, which Jest does not load on Node 20 as they are. */
const esModules = ["jose"];

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  testMatch: ["**/*.test.ts"],
  modulePathIgnorePatterns: [
    "<rootDir>/dist/",
    "<rootDir>/coverage/",
    "<rootDir>/test/bench/peers/",
  ],
  setupFiles: ["reflect-metadata"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        swcrc: false,
        jsc: {
          target: "es2022",
          parser: { syntax: "typescript", decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: true,
          },
          keepClassNames: true,
        },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
    "/node_modules/.+\\.js$": [
      "@swc/jest",
      { swcrc: false, jsc: { target: "es2022" }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join("|")})/)`],
  moduleNameMapper: {
    // The doors, as users name them: the same list as "paths" in tsconfig.json.
    "^plugboard$": "<rootDir>/index.ts",
    "^plugboard/decorators$": "<rootDir>/decorators/index.ts",
    "^plugboard/spi$": "<rootDir>/src/spi.ts",
    "^plugboard/contracts$": "<rootDir>/test/contracts/index.ts",
    "^plugboard/testing$": "<rootDir>/test/testing/index.ts",
    "^plugboard/plugins/(.+)$": "<rootDir>/plugins/$1/index.ts",
    // Sources name their imports as they will be called once built.
    "^(\\.{1,2}/.*)\\.js$": ["$1.ts", "$1.js"],
  },
  maxWorkers: 2,
  testTimeout: 20_000,
  coverageDirectory: "coverage",
  coverageReporters: ["text-summary", "lcovonly", "json-summary"],
  collectCoverageFrom: ["src/**/*.ts", "decorators/**/*.ts", "!**/*.test.ts"],
  coverageThreshold: { global: { lines: 95 } },
};
