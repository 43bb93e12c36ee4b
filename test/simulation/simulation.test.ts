import { describe, expect, test } from "@jest/globals";
import { report } from "./report.js";
import { simulate } from "./simulate.js";

/** Seeds of every `npm test`; `npm run test:simulation` runs others, and more. */
const groups = 10;
const seedsPerGroup = 20;

describe("random schedules of deploys, crashes, partitions and load", () => {
  test.each(Array.from({ length: groups }, (_, group) => 1 + group * seedsPerGroup))(
    `keep every promise: ${seedsPerGroup} seeds from %i`,
    async (from) => {
      for (let seed = from; seed < from + seedsPerGroup; seed++) {
        const { violations } = await simulate({ seed });
        expect(report(seed, violations)).toBe("");
      }
    },
    60_000,
  );
});
