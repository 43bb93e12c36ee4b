/** Puts the samples that README.md and docs/testing.md quote into them: `node test/docs/readme.mjs [--write]`; without --write it only compares. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const block = /(<!-- sample:(\S+) -->\n)[\s\S]*?(<!-- \/sample -->)/g;

/** The text with every quoted sample as it stands in its file. */
export const withSamples = (text) =>
  text.replace(block, (_all, open, file, close) => {
    const code = readFileSync(join(root, file), "utf8").trimEnd();
    return `${open}\n\`\`\`ts\n// ${file}\n${code}\n\`\`\`\n\n${close}`;
  });

const write = process.argv.includes("--write");
for (const page of ["README.md", "docs/testing.md"]) {
  const path = join(root, page);
  const text = readFileSync(path, "utf8");
  const wanted = withSamples(text);
  if (text === wanted) continue;
  if (write) writeFileSync(path, wanted);
  else {
    console.error(
      `${page} differs from the samples that it quotes: node test/docs/readme.mjs --write`,
    );
    process.exitCode = 1;
  }
}
