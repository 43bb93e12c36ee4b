import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";

const file = join(__dirname, "../../../docs/reliability.md");
const [open, close] = ["<!-- fuzz -->", "<!-- /fuzz -->"];

/** Puts a section between its marks of docs/reliability.md, after what else is there. */
export async function writeReliability(section: string): Promise<string> {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "# Reliability\n";
  const block = `${open}\n\n${section.trim()}\n\n${close}`;
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  const whole =
    from >= 0 && to > from
      ? text.slice(0, from) + block + text.slice(to + close.length)
      : `${text.trimEnd()}\n\n${block}\n`;
  const options = await resolveConfig(file);
  writeFileSync(file, await format(whole, { ...options, filepath: file }));
  return "docs/reliability.md";
}
