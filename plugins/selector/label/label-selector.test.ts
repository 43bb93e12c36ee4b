import { expect, test } from "@jest/globals";
import { OptionError } from "../../../src/spi.js";
import { selectorContract } from "../../../test/contracts/selector-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { virtualSelectorHarness } from "../../../test/support/selector-harness.js";
import { fromSettings, labelSelector } from "./index.js";

describeContract(selectorContract, () => virtualSelectorHarness(labelSelector([{ no: "where" }])));

test("labels are in order of preference, and all of one must fit", async () => {
  const plugin = fromSettings({ addresses: ["zone=a", "region=eu"] });
  await using harness = await virtualSelectorHarness(plugin);
  const { registry, selector, eventually } = harness;
  const node = (id: string, metadata: Record<string, string>) => ({ id, address: "h:1", metadata });
  const record = (...nodes: ReturnType<typeof node>[]) => ({
    name: "greeter",
    version: "1",
    metadata: {},
    endpoints: [],
    nodes,
  });
  const drawn = async (): Promise<string[]> => {
    const next = await selector.select("greeter");
    return [...new Set(Array.from({ length: 200 }, () => next().node.id))].sort();
  };
  await registry.register(record(node("us", { region: "us" })));
  expect(await drawn()).toEqual(["us"]);
  await registry.register(record(node("eu", { region: "eu" }), node("eu2", { region: "eu" })));
  await eventually(async () => expect(await drawn()).toEqual(["eu", "eu2"]));
  await registry.register(record(node("near", { region: "eu", zone: "a" })));
  await eventually(async () => expect(await drawn()).toEqual(["near"]));
});

test("this machine may stand among them", async () => {
  await using harness = await virtualSelectorHarness(
    fromSettings({ addresses: ["zone=a", "local"] }),
  );
  const { registry, selector } = harness;
  const metadata = {};
  await registry.register({
    name: "greeter",
    version: "1",
    metadata,
    endpoints: [],
    nodes: [
      { id: "here", address: "127.0.0.1:1", metadata },
      { id: "far", address: "10.0.0.9:1", metadata },
    ],
  });
  const next = await selector.select("greeter");
  expect(new Set(Array.from({ length: 100 }, () => next().node.id))).toEqual(new Set(["here"]));
});

test("labels that say nothing are refused", () => {
  expect(() => labelSelector([])).toThrow(OptionError);
  expect(() => labelSelector([{}])).toThrow(OptionError);
  expect(() => fromSettings({ addresses: ["zone"] })).toThrow("name=value");
  expect(() => fromSettings({ addresses: [] })).toThrow("order of preference");
});
