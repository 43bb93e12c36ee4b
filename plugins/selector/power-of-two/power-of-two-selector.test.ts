import { expect, test } from "@jest/globals";
import { OptionError } from "../../../src/spi.js";
import { selectorContract } from "../../../test/contracts/selector-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { virtualSelectorHarness } from "../../../test/support/selector-harness.js";
import { fromSettings, powerOfTwoSelector } from "./index.js";

describeContract(selectorContract, () => virtualSelectorHarness(powerOfTwoSelector()));

const node = (id: string, zone: string) => ({ id, address: "h:1", metadata: { zone } });
const record = (...nodes: ReturnType<typeof node>[]) => ({
  name: "greeter",
  version: "1",
  metadata: {},
  endpoints: [],
  nodes,
});

test("nodes with the first label that any has are preferred, as long as they answer", async () => {
  const prefer = [{ zone: "a" }, { zone: "b" }];
  await using harness = await virtualSelectorHarness(powerOfTwoSelector({ prefer }));
  const { registry, selector, eventually } = harness;
  await registry.register(record(node("c", "c"), node("b", "b"), node("b2", "b")));
  const drawn = async (): Promise<string[]> => {
    const next = await selector.select("greeter");
    return [...new Set(Array.from({ length: 200 }, () => next().node.id))].sort();
  };
  expect(await drawn()).toEqual(["b", "b2"]);
  await registry.register(record(node("a", "a")));
  await eventually(async () => expect(await drawn()).toEqual(["a"]));
  await registry.deregister(record(node("a", "a")));
  await eventually(async () => expect(await drawn()).toEqual(["b", "b2"]));
  await registry.deregister(record(node("b", "b"), node("b2", "b")));
  await eventually(async () => expect(await drawn()).toEqual(["c"]));
});

test("nodes on this machine may be preferred", async () => {
  const prefer = ["local", { zone: "b" }] as const;
  await using harness = await virtualSelectorHarness(powerOfTwoSelector({ prefer }));
  const { registry, selector, eventually } = harness;
  const here = { ...node("here", "a"), address: "127.0.0.1:1" };
  const far = { ...node("far", "a"), address: "10.0.0.9:1" };
  const near = { ...node("near", "b"), address: "10.0.0.8:1" };
  await registry.register(record(here, far, near));
  const drawn = async (): Promise<string[]> => {
    const next = await selector.select("greeter");
    return [...new Set(Array.from({ length: 200 }, () => next().node.id))].sort();
  };
  expect(await drawn()).toEqual(["here"]);
  await registry.deregister(record(here));
  await eventually(async () => expect(await drawn()).toEqual(["near"]));
});

test("options that make no sense are refused by name", () => {
  expect(() => powerOfTwoSelector({ decayMs: 0 })).toThrow("powerOfTwoSelector.decayMs");
  expect(() => powerOfTwoSelector({ slowStartMs: NaN })).toThrow(OptionError);
  expect(fromSettings({ addresses: [] }).name).toBe("power-of-two");
});
