/** Figures as tables, for the terminal and for Markdown. */

export function figure(value) {
  if (!Number.isFinite(value)) return "-";
  if (value >= 10_000)
    return Math.round(value / 100) * 100 >= 1e6 ? group(value, 1_000) : group(value, 100);
  if (value >= 100) return group(value, 1);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const group = (value, step) => (Math.round(value / step) * step).toLocaleString("en-US");

/** Rows of a case as cells; the first is the head. `limit` is the row that the others are compared with. */
export function cells(spec, rows) {
  const limit = rows.find(({ peer, failure }) => peer.id === "limit" && !failure);
  const ratio = (value, base) => (Number.isFinite(value / base) ? (value / base).toFixed(2) : "-");
  return [
    [
      "",
      spec.unit,
      "of limit",
      "p50 us",
      "p99 us",
      "of limit",
      "CPU us each",
      "server",
      "client",
      "MB",
    ],
    ...rows.map(({ peer, failure, ...row }) =>
      failure
        ? [peer.title, failure]
        : [
            peer.title,
            figure(row.rate),
            ratio(row.rate, limit?.rate),
            figure(row.p50Us),
            figure(row.p99Us),
            ratio(row.p99Us, limit?.p99Us),
            figure(row.cpuUs),
            figure(row.serverUs),
            figure(row.clientUs),
            figure(row.rssMb),
          ],
    ),
  ];
}

/** Cells in columns: the first to the left, the others to the right. */
export function columns(lines) {
  const widths = [];
  for (const line of lines)
    if (line.length > 2)
      line.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return lines
    .map((line) =>
      line
        .map((cell, at) =>
          at === 0 || line.length === 2 ? cell.padEnd(widths[0]) : cell.padStart(widths[at]),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Cells as a Markdown table. */
export function markdown(lines) {
  const [head] = lines;
  const row = (line) => `| ${line.join(" | ")} |`;
  const full = (line) => [...line, ...Array(head.length - line.length).fill("")];
  return [
    row(head),
    row(head.map((_, at) => (at === 0 ? "---" : "--:"))),
    ...lines.slice(1).map((line) => row(full(line))),
  ].join("\n");
}
