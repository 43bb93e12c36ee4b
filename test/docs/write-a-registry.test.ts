import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { realEnvironment } from "../../plugins/standard/environment.js";
import type { Environment } from "../../src/spi.js";

// Follows docs/write-a-registry.md to the letter: writes its files and runs its test.
const page = readFileSync(join(__dirname, "..", "..", "docs", "write-a-registry.md"), "utf8");
const folder = join(__dirname, "tutorial");

mkdirSync(folder, { recursive: true });
const files = [...page.matchAll(/^`([a-z-]+(?:\.test)?\.ts)`\n\n```ts\n([\s\S]*?)```$/gm)];
for (const [, name = "", code = ""] of files) {
  // Under another name the runner would not take the page's test for one of the repository's.
  writeFileSync(join(folder, name.replace(".test.ts", "-test.ts")), code);
}

afterAll(() => rmSync(folder, { recursive: true }));

test("the page shows the four files", () => {
  expect(files.map(([, name]) => name)).toEqual([
    "directory-registry.ts",
    "directory-watcher.ts",
    "index.ts",
    "directory-registry.test.ts",
  ]);
});

const path = join(folder, "directory-registry-test.ts");
// eslint-disable-next-line @typescript-eslint/no-require-imports -- the file did not exist when this one was read
const { holdsTheContract } = require(path) as {
  readonly holdsTheContract: (environment: Environment) => void;
};
holdsTheContract(realEnvironment());
