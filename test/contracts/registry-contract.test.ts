import { describe, expect, test } from "@jest/globals";
import { memoryRegistry, memoryRegistryHub } from "../../plugins/registry/memory/index.js";
import { virtualRegistryHarness, type MutateRegistry } from "../support/registry-harness.js";
import { runClause } from "./clause.js";
import { registryContract } from "./registry-contract.js";
import { registryMutants } from "./registry-mutants.js";

const memoryHarness = (mutate?: MutateRegistry) => () =>
  virtualRegistryHarness(memoryRegistry({ hub: memoryRegistryHub() }), mutate);

describe("the registry contract bites", () => {
  test("every clause has a mutant", () => {
    const killed = new Set(registryMutants.map(({ kills }) => kills));
    expect(registryContract.clauses.map(({ title }) => title).sort()).toEqual([...killed].sort());
  });

  test.each(registryMutants.map((mutant) => [mutant.name, mutant.kills, mutant] as const))(
    'a registry that %s fails "%s"',
    async (_, kills, { mutate }) => {
      const clause = registryContract.clauses.find(({ title }) => title === kills)!;
      await expect(runClause(clause, memoryHarness(mutate))).rejects.toThrow();
    },
  );
});
