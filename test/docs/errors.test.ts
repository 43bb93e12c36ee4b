import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(__dirname, "..", "..");
const parts =
  "app|auth|broker|client|codec|event|frames|grpc|handler|peer|plugin|registry|router|schema|selector|server|service|subscriber|transport";

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

test("docs/errors.md lists the reasons that the sources give, and no others", () => {
  const used = new Set<string>();
  for (const text of ["src", "plugins", "decorators"].flatMap(sources))
    for (const [, reason] of text.matchAll(new RegExp(`"((?:${parts})\\.[a-z-]+)"`, "g")))
      used.add(reason!);
  const page = readFileSync(join(root, "docs", "errors.md"), "utf8");
  const listed = [...page.matchAll(/^\| `([a-z.-]+)` +\|/gm)].map(([, reason]) => reason);
  expect(listed).toEqual([...used].sort());
});
