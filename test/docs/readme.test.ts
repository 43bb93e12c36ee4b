import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(__dirname, "..", "..");

test("README.md and docs/testing.md quote the samples as they stand", () => {
  expect(() => execFileSync(process.execPath, [join(__dirname, "readme.mjs")])).not.toThrow();
});

test.each([
  "README.md",
  "CONTRIBUTING.md",
  "docs/concepts.md",
  "docs/errors.md",
  "docs/testing.md",
  "docs/write-a-registry.md",
])("every file that %s links to exists", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link!);
  const missing = links.filter(
    (link) => !/^https?:/.test(link) && !existsSync(join(root, page, "..", link)),
  );
  expect(missing).toEqual([]);
});
