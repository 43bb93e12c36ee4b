import { describe, expect, test } from "@jest/globals";
import { runClause, type Contract, type MakeHarness } from "../contracts/clause.js";

/** Clauses that an implementation does not keep: title to reason. */
export type Skips = Readonly<Record<string, string>>;

/** Gives a contract to Jest: one test a clause, each on a fresh harness. Skips carry their reason. */
export function describeContract<Harness>(
  { name, clauses }: Contract<Harness>,
  makeHarness: MakeHarness<Harness>,
  { skip = {} }: { readonly skip?: Skips } = {},
): void {
  describe(name, () => {
    const unknown = Object.keys(skip).filter((title) => !clauses.some((c) => c.title === title));
    test("skips name clauses that exist", () => {
      expect(unknown).toEqual([]);
    });
    for (const clause of clauses) {
      const reason = skip[clause.title];
      if (reason !== undefined) test.skip(`${clause.title} (skipped: ${reason})`, () => undefined);
      else test(clause.title, () => runClause(clause, makeHarness));
    }
  });
}
