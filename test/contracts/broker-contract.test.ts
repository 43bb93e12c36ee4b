import { describe, expect, test } from "@jest/globals";
import { memoryBroker, memoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { describeContract } from "../support/describe-contract.js";
import { virtualBrokerHarness } from "../support/broker-harness.js";
import { brokerContract } from "./broker-contract.js";
import { brokerMutants, type BrokerMutant } from "./broker-mutants.js";
import { runClause } from "./clause.js";

const memoryHarness = (mutate?: BrokerMutant["mutate"]) => () =>
  virtualBrokerHarness((world) => {
    const plugin = memoryBroker({ hub: memoryBrokerHub() });
    return () => plugin.create(world.environment());
  }, mutate);

describeContract(brokerContract, memoryHarness());

describe("the broker contract bites", () => {
  test("every clause has a mutant", () => {
    const killed = new Set(brokerMutants.map(({ kills }) => kills));
    expect(brokerContract.clauses.map(({ title }) => title).sort()).toEqual([...killed].sort());
  });

  test.each(brokerMutants.map((mutant) => [mutant.name, mutant.kills, mutant] as const))(
    'a broker that %s fails "%s"',
    async (_, kills, { mutate }) => {
      const clause = brokerContract.clauses.find(({ title }) => title === kills)!;
      await expect(runClause(clause, memoryHarness(mutate))).rejects.toThrow();
    },
  );
});
