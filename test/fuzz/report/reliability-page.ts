import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { markdown } from "./table.js";

const file = resolve("docs/reliability.md");
const [open, close] = ["<!-- fuzz -->", "<!-- /fuzz -->"];

/** Rows under a heading, the head first; what a row is about is its first cell. */
export interface PageTable {
  readonly heading: string;
  readonly cells: readonly (readonly string[])[];
}

/** The rows that the page has under a heading, without the head. */
function rowsUnder(heading: string, page: string): string[][] {
  const [, after = ""] = page.split(`\n### ${heading}\n`);
  const [section = ""] = after.split("\n#");
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** The page's rows, those of this run in the place of earlier ones of the same name. */
function merged({ heading, cells: [head = [], ...rows] }: PageTable, page: string): string {
  const left = new Map(rows.map((row) => [row[0], row]));
  const kept = rowsUnder(heading, page).map((row) => {
    const latest = left.get(row[0]);
    left.delete(row[0]);
    return latest ?? row;
  });
  return `### ${heading}\n\n${markdown([head, ...kept, ...left.values()])}`;
}

/** Puts tables between the marks of docs/reliability.md; rows that this run has nothing for stay. */
export async function writeReliability(
  machine: string,
  tables: readonly PageTable[],
): Promise<string> {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "# Reliability\n";
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  const marked = from >= 0 && to > from;
  const page = marked ? text.slice(from, to) : "";
  const sections = tables.map((table) => merged(table, page));
  const block = [open, "## Hostile input", machine, ...sections, close].join("\n\n");
  const whole = marked
    ? text.slice(0, from) + block + text.slice(to + close.length)
    : `${text.trimEnd()}\n\n${block}\n`;
  const options = await resolveConfig(file);
  writeFileSync(file, await format(whole, { ...options, filepath: file }));
  return "docs/reliability.md";
}
