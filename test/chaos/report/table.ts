import type { Figure } from "./figure.js";

const rowOf = ({ what, value, target, met }: Figure): readonly string[] => [
  what,
  value,
  target ?? "",
  target === undefined ? "" : met ? "✓" : "✗ missed",
];

/** The figures in columns, for the terminal. */
export function columns(figures: readonly Figure[]): string {
  const rows = [["", "", "target", ""], ...figures.map(rowOf)];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The same as a Markdown table. */
export const markdown = (figures: readonly Figure[]): string =>
  [["", "", "target", ""], ["---", "---", "---", "---"], ...figures.map(rowOf)]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
