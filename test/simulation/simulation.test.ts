import { describe, expect, test } from "@jest/globals";
import { report } from "./report.js";
import { simulate } from "./simulate.js";

/** Seeds of every `npm test`; `npm run test:simulation` runs others, and more. */
const groups = 10;
const seedsPerGroup = 20;

test("a seed that fails says how it is run again", () => {
  const violations = [{ invariant: "once", detail: "record-1 ran 2 times" }] as const;
  expect(report(1_234, violations).split("\n")).toEqual([
    "seed 1234 breaks 1 times:",
    "  once: no handler runs twice for a call that is not idempotent",
    "    record-1 ran 2 times",
    "Run it again: npm run test:simulation -- --seed 1234 --trace",
  ]);
});

describe("random schedules of deploys, crashes, partitions and load", () => {
  test.each(Array.from({ length: groups }, (_, group) => 1 + group * seedsPerGroup))(
    `keep every promise: ${seedsPerGroup} seeds from %i`,
    async (from) => {
      for (let seed = from; seed < from + seedsPerGroup; seed++) {
        const { violations } = await simulate({ seed });
        expect(report(seed, violations)).toBe("");
      }
    },
    300_000,
  );
});
