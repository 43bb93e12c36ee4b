import { describe, expect, test } from "@jest/globals";
import { runClause, type Contract, type MakeHarness } from "../contracts/clause.js";

/** A broken implementation and the clause that must notice. */
export interface Mutant {
  readonly name: string;
  readonly kills: string;
}

/** Proves to Jest that every clause of a contract has a mutant, and that all of them die. */
export function describeMutants<Harness, M extends Mutant>(
  { name, clauses }: Contract<Harness>,
  mutants: readonly M[],
  makeHarness: (mutant: M) => MakeHarness<Harness>,
): void {
  describe(`the contract of ${name} bites`, () => {
    test("every clause has a mutant", () => {
      const killed = new Set(mutants.map(({ kills }) => kills));
      expect([...killed].sort()).toEqual(clauses.map(({ title }) => title).sort());
    });

    test.each(mutants.map((mutant) => [name, mutant.name, mutant.kills, mutant] as const))(
      '%s that %s fails "%s"',
      async (_, __, kills, mutant) => {
        const clause = clauses.find(({ title }) => title === kills)!;
        await expect(runClause(clause, makeHarness(mutant))).rejects.toThrow();
      },
    );
  });
}
