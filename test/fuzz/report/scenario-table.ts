import type { ScenarioResult } from "../scenarios/scenario.js";

/** A scenario's name for people, and what it came to. */
export interface ScenarioRow {
  readonly title: string;
  readonly result: ScenarioResult;
}

/** Rows as cells, the head first. */
export const scenarioCells = (rows: readonly ScenarioRow[]): string[][] => [
  ["", "done", "held by", "failures"],
  ...rows.map(({ title, result: { did, held, failures } }) => [
    title,
    did,
    held,
    String(failures.length),
  ]),
];
