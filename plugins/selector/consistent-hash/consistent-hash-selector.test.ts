import { describe, expect, test } from "@jest/globals";
import { selectorContract } from "../../../test/contracts/selector-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { virtualSelectorHarness } from "../../../test/support/selector-harness.js";
import { Unavailable } from "../../../src/spi.js";
import { HashRing } from "./hash-ring.js";
import { consistentHashSelector, fromSettings } from "./index.js";

describeContract(selectorContract, () => virtualSelectorHarness(consistentHashSelector()));

const record = (...ids: readonly string[]) => ({
  name: "greeter",
  version: "1",
  metadata: {},
  endpoints: [],
  nodes: ids.map((id) => ({ id, address: "h:1", metadata: {} })),
});
const keys = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);

test("equal keys go to equal nodes, for every selector that knows the same nodes", async () => {
  const homes: string[][] = [];
  for (const ids of [
    ["a", "b", "c"],
    ["c", "a", "b"],
  ]) {
    await using harness = await virtualSelectorHarness(consistentHashSelector());
    await harness.registry.register(record(...ids));
    const draw = async (shardKey: string) =>
      (await harness.selector.select("greeter", { shardKey }))().node.id;
    homes.push(await Promise.all(keys.slice(0, 100).map(draw)));
    homes.push(await Promise.all(keys.slice(0, 100).map(draw)));
  }
  expect(new Set(homes.map((each) => each.join()))).toHaveProperty("size", 1);
  expect(new Set(homes[0])).toHaveProperty("size", 3);
});

test("the key of a node that fails goes to another meanwhile, those of others stay", async () => {
  await using harness = await virtualSelectorHarness(consistentHashSelector());
  const { registry, selector } = harness;
  await registry.register(record("a", "b", "c", "d"));
  const draw = async (shardKey: string) => (await selector.select("greeter", { shardKey }))();
  const before = await Promise.all(keys.slice(0, 200).map(draw));
  const { node } = before[0]!;
  const error = new Unavailable("", { reason: "transport.closed" });
  selector.mark("greeter", node, { error, latencyMs: 1 });
  const after = await Promise.all(keys.slice(0, 200).map(draw));
  for (const [index, drawn] of after.entries())
    if (before[index]!.node.id === node.id) expect(drawn.node.id).not.toBe(node.id);
    else expect(drawn.node.id).toBe(before[index]!.node.id);
});

describe("the ring", () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `node-${index}`);
  const shares = (ring: HashRing, count: number): number[] => {
    const counts = Array.from({ length: count }, () => 0);
    for (const key of keys) counts[ring.find(key)]!++;
    return counts;
  };

  test("gives every node about as many keys", () => {
    const counts = shares(new HashRing(ids(10)), 10);
    for (const count of counts) {
      expect(count).toBeGreaterThan(750);
      expect(count).toBeLessThan(1_250);
    }
  });

  test("moves only the keys that a new node takes", () => {
    const [before, after] = [new HashRing(ids(10)), new HashRing(ids(11))];
    const moved = keys.filter((key) => before.find(key) !== after.find(key));
    expect(moved.every((key) => after.find(key) === 10)).toBe(true);
    expect(moved.length).toBeLessThan((2 * keys.length) / 11);
  });

  test("of one node gives it everything", () => {
    expect(shares(new HashRing(["only"]), 1)).toEqual([keys.length]);
  });
});

test("its settings need nothing", () => {
  expect(fromSettings({ addresses: [] }).name).toBe("consistent-hash");
});
