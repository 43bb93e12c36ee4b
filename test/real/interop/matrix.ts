/** Where a cell stands: a program's version, the registry between, and who calls. */
export interface Column {
  readonly major: string;
  /** The registry, and what is spoken when it is not mucp. */
  readonly registry: string;
  readonly direction: Direction;
}

/** Who begins. */
export type Direction = "usToGo" | "goToUs";

/** A cell: undefined when it works, else why it does not. */
export type Cell = string | undefined;

/** What worked with whom. */
export class Matrix {
  readonly #cells = new Map<string, Map<string, Cell>>();
  readonly #columns: Column[] = [];

  set(title: string, column: Column, cell: Cell): void {
    if (!this.#columns.some((each) => keyOf(each) === keyOf(column))) this.#columns.push(column);
    const row = this.#cells.get(title) ?? new Map<string, Cell>();
    row.set(keyOf(column), cell);
    this.#cells.set(title, row);
  }

  /** A table for each registry, a row a scenario, with the reasons of what is red below. */
  toMarkdown(versions: Readonly<Record<string, string>>): string {
    const reasons: string[] = [];
    const mark = (cell: Cell): string => {
      if (cell === undefined) return "✓";
      if (!reasons.includes(cell)) reasons.push(cell);
      return `✗ [${reasons.indexOf(cell) + 1}]`;
    };
    const registries = [...new Set(this.#columns.map(({ registry }) => registry))];
    const tables = registries.map((registry) => {
      const columns = this.#columns.filter((column) => column.registry === registry);
      const heads = columns.map(({ major, direction }) => {
        const version = versions[major] ?? major;
        return direction === "usToGo" ? `we call ${version}` : `${version} calls us`;
      });
      const asked = [...this.#cells].filter(([, row]) =>
        columns.some((column) => row.has(keyOf(column))),
      );
      const rows = asked.map(([title, row]) => [
        title,
        ...columns.map((column) => (row.has(keyOf(column)) ? mark(row.get(keyOf(column))) : "–")),
      ]);
      return `## Found through ${registry}\n\n${table([["", ...heads], ...rows])}`;
    });
    const footnotes = reasons.map((reason, index) => `${index + 1}. ${reason}`);
    return [...tables, ...(footnotes.length > 0 ? ["## Why", footnotes.join("\n")] : [])].join(
      "\n\n",
    );
  }
}

const keyOf = ({ major, registry, direction }: Column): string =>
  `${major} ${registry} ${direction}`;

/** A Markdown table with its columns in line. */
function table([head = [], ...body]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...body].map((row) => width(row[column] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell))).join(" | ")} |`;
  return [head, widths.map((width) => "-".repeat(width)), ...body].map(line).join("\n");
}

/** Characters of a cell; its marks are one each. */
const width = (cell: string): number => Array.from(cell).length;
