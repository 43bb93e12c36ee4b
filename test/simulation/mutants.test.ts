import { expect, test } from "@jest/globals";
import { invariants } from "./invariants.js";
import { simulationMutants } from "./mutants.js";
import { simulate } from "./simulate.js";

/** Seeds within which a mutant must be found. */
const enough = 20;

test("every invariant has a mutant", () => {
  const broken = new Set(simulationMutants.map(({ breaks }) => breaks));
  expect([...broken].sort()).toEqual(Object.keys(invariants).sort());
});

test.each(simulationMutants.map((mutant) => [mutant.name, mutant] as const))(
  "the simulation finds %s",
  async (_, { breaks, broken }) => {
    const found: string[] = [];
    for (let seed = 1; seed <= enough && !found.includes(breaks); seed++) {
      const { violations } = await simulate({ seed, broken });
      found.push(...violations.map(({ invariant }) => invariant));
    }
    expect(found).toContain(breaks);
  },
  60_000,
);
