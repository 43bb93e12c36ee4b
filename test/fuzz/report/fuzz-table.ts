import type { FuzzResult } from "../fuzz-run.js";

/** A protocol's name for people, and what its run came to. */
export interface FuzzRow {
  readonly title: string;
  readonly result: FuzzResult;
}

const count = (value: number): string => value.toLocaleString("en-US");
const mib = (bytes: number | undefined): string =>
  bytes === undefined ? "-" : (bytes / 1_048_576).toFixed(1);

/** Rows as cells, the head first. */
export function fuzzCells(rows: readonly FuzzRow[]): string[][] {
  return [
    [
      "",
      "inputs",
      "per s",
      "answered",
      "closed",
      "left",
      "held MiB before, after",
      "peak RSS MiB",
      "honest calls",
      "failed",
      "slowest ms",
      "findings",
    ],
    ...rows.map(({ title, result }) => {
      const { attack, seconds, before, after, peakRssBytes, witness, findings } = result;
      return [
        title,
        count(attack.inputs - attack.lost),
        count(Math.round(attack.inputs / seconds)),
        count(attack.answered),
        count(attack.closed),
        count(attack.left),
        `${mib(before?.heldBytes)}, ${mib(after?.heldBytes)}`,
        mib(peakRssBytes),
        count(witness.calls),
        count(witness.failed),
        count(witness.worstMs),
        String(findings.length),
      ];
    }),
  ];
}
