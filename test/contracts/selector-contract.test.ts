import { describe, expect, test } from "@jest/globals";
import { randomSelector } from "../../plugins/selector/random/index.js";
import { virtualSelectorHarness } from "../support/selector-harness.js";
import { runClause } from "./clause.js";
import { selectorContract } from "./selector-contract.js";
import { selectorMutants, type SelectorMutant } from "./selector-mutants.js";

const randomHarness = (mutate?: SelectorMutant["mutate"]) => () =>
  virtualSelectorHarness(randomSelector(), mutate);

describe("the selector contract bites", () => {
  test("every clause has a mutant", () => {
    const killed = new Set(selectorMutants.map(({ kills }) => kills));
    expect(selectorContract.clauses.map(({ title }) => title).sort()).toEqual([...killed].sort());
  });

  test.each(selectorMutants.map((mutant) => [mutant.name, mutant.kills, mutant] as const))(
    'a selector that %s fails "%s"',
    async (_, kills, { mutate }) => {
      const clause = selectorContract.clauses.find(({ title }) => title === kills)!;
      await expect(runClause(clause, randomHarness(mutate))).rejects.toThrow();
    },
  );
});
