import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";

interface Finding {
  readonly ruleId: string | null;
  readonly message: string;
}

const modules = [
  "net",
  "dgram",
  "tls",
  "http",
  "https",
  "http2",
  "timers",
  "timers/promises",
  "perf_hooks",
  "crypto",
  "process",
];

const forbidden: readonly string[] = [
  "export const x = Date.now();",
  "export const x = Date['now']();",
  "export const x = globalThis.Date.now();",
  "export const x = { clock: Date.now };",
  "export const { now } = Date;",
  "export const x = new Date();",
  "export const x = new globalThis.Date();",
  "export const x = Date();",
  "export const x = performance.now();",
  "export const x = globalThis.performance.now();",
  "setTimeout(() => undefined, 1);",
  "globalThis.setTimeout(() => undefined, 1);",
  "global.setTimeout(() => undefined, 1);",
  "export const x = { later: setTimeout };",
  "setInterval(() => undefined, 1);",
  "setImmediate(() => undefined);",
  "clearTimeout(1);",
  "clearInterval(1);",
  "clearImmediate(undefined);",
  "export const x = AbortSignal.timeout(1);",
  "export const x = AbortSignal.any([]);",
  "export const x = Math.random();",
  "export const { random } = Math;",
  "export const x = globalThis.Math.random();",
  "export const x = crypto.randomUUID();",
  "export const x = globalThis.crypto.getRandomValues(new Uint8Array(1));",
  "export const x = process.env;",
  "export const x = process.argv;",
  "process.on('SIGTERM', () => undefined);",
  "process.exit();",
  "export const x = process.hrtime.bigint();",
  "process.nextTick(() => undefined);",
  "export const x = fetch('http://localhost');",
  "export const x = new WebSocket('ws://localhost');",
  "export const x = new EventSource('http://localhost');",
  ...modules.flatMap((name) => [
    `import * as x from "node:${name}"; export { x };`,
    `import * as x from "${name}"; export { x };`,
    `import "node:${name}";`,
    `export * from "node:${name}";`,
    `export const x = import("node:${name}");`,
    `export const x = import("${name}");`,
  ]),
];

const allowed: readonly string[] = [
  "export const x = new Date(0);",
  "export const x = (value: string): Date => new Date(value);",
  "export const x = Date.parse('2026-01-01');",
  "export const x = Date.UTC(2026, 1);",
  "export const x = (value: unknown): boolean => value instanceof Date;",
  "export const x = Math.floor(1.5);",
  "queueMicrotask(() => undefined);",
  "export interface X { setTimeout(run: () => void, ms: number): void; process: string }",
  "export const x = (env: { now(): number }): number => env.now();",
  "export const x = (env: { setTimeout(): void }): void => { env.setTimeout(); };",
  `export const x = { Date: "a header", process: "a field" };`,
  ...modules.flatMap((name) => [
    `import type * as x from "node:${name}"; export type { x };`,
    `export type X = typeof import("node:${name}");`,
  ]),
  `import { type Socket } from "node:net"; export type { Socket };`,
  `import { EventEmitter } from "node:events"; export { EventEmitter };`,
  `import { AsyncLocalStorage } from "node:async_hooks"; export { AsyncLocalStorage };`,
];

const guarded = [
  "index.ts",
  "src/fake/fake.ts",
  "decorators/fake.ts",
  "plugins/transport/fake/index.ts",
  "plugins/standard/index.ts",
  "plugins/transport/environment.ts",
  "test/testing/fake.ts",
  "test/simulation/fake.ts",
];
const free = [
  "plugins/standard/environment.ts",
  "plugins/transport/fake/fake.test.ts",
  "samples/fake/start.ts",
  "test/support/fake.ts",
  "test/simulation/run.ts",
];

const environmentRules = [
  "no-restricted-globals",
  "no-restricted-properties",
  "no-restricted-syntax",
  "@typescript-eslint/no-restricted-imports",
];

interface Text {
  readonly filePath: string;
  readonly code: string;
}

function lint(texts: readonly Text[]): Finding[][] {
  const script = join(__dirname, "lint.mjs");
  const input = JSON.stringify(texts);
  const findings = JSON.parse(
    execFileSync(process.execPath, [script], { encoding: "utf8", input }),
  ) as Finding[][];
  const unparsed = findings.flat().filter(({ ruleId }) => ruleId === null);
  expect(unparsed).toEqual([]);
  return findings;
}

/** What the environment rule says of each text, by file and code. */
const verdicts = new Map<string, Finding[]>();
const verdict = (filePath: string, code: string): Finding[] => {
  const found = verdicts.get(`${filePath}: ${code}`);
  if (found) return found;
  throw new Error(`${filePath} was not linted with ${code}`);
};

beforeAll(() => {
  const texts = [...guarded, ...free].flatMap((filePath) =>
    [...forbidden, ...allowed].map((code) => ({ filePath, code })),
  );
  lint(texts).forEach((findings, index) => {
    const { filePath, code } = texts[index]!;
    verdicts.set(
      `${filePath}: ${code}`,
      findings.filter(({ ruleId }) => environmentRules.includes(ruleId!)),
    );
  });
}, 240_000);

describe("src, decorators, plugins and the door", () => {
  test.each(forbidden)("may not say: %s", (code) => {
    for (const filePath of guarded) {
      const findings = verdict(filePath, code);
      expect({ filePath, count: findings.length }).not.toEqual({ filePath, count: 0 });
      for (const { message } of findings) {
        expect(message).toMatch(/Use (.+ of the injected Environment|followSignals) instead\./);
      }
    }
  });

  test.each(allowed)("may say: %s", (code) => {
    for (const filePath of guarded) {
      expect({ filePath, findings: verdict(filePath, code) }).toEqual({ filePath, findings: [] });
    }
  });
});

test.each(free)("the rule does not bind %s", (filePath) => {
  for (const code of forbidden) {
    expect({ code, findings: verdict(filePath, code) }).toEqual({ code, findings: [] });
  }
});

test("a sample that reaches behind the doors is told so", () => {
  const reaching = ["../../index.js", "../../src/index.js", "../../plugins/x/y/index.js"];
  const texts = ["plugboard", "./other.js", ...reaching].map((path) => ({
    filePath: "samples/fake/start.ts",
    code: `import "${path}";`,
  }));
  const [door, neighbour, ...reached] = lint(texts);
  expect([door, neighbour]).toEqual([[], []]);
  expect(reached).toHaveLength(reaching.length);
  for (const findings of reached) {
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringContaining("A sample reads like user code"),
    ]);
  }
}, 60_000);
