/** Cells in columns: the first to the left, the others to the right. */
export function columns(lines: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const line of lines)
    line.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[at]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Cells as a Markdown table. */
export function markdown([head = [], ...lines]: readonly (readonly string[])[]): string {
  const row = (line: readonly string[]): string => `| ${line.join(" | ")} |`;
  return [row(head), row(head.map((_, at) => (at === 0 ? "---" : "--:"))), ...lines.map(row)].join(
    "\n",
  );
}
