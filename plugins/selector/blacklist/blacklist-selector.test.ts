import { expect, test } from "@jest/globals";
import { InternalServerError, OptionError } from "../../../src/spi.js";
import { selectorContract } from "../../../test/contracts/selector-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { virtualSelectorHarness } from "../../../test/support/selector-harness.js";
import { blacklistSelector, fromSettings } from "./index.js";

describeContract(selectorContract, () => virtualSelectorHarness(blacklistSelector()));

test("so many faults in a row put a node out for so long", async () => {
  await using harness = await virtualSelectorHarness(blacklistSelector({ faults: 2, ms: 5_000 }));
  const { registry, selector, elapse } = harness;
  const nodes = ["a", "b", "c"].map((id) => ({ id, address: "h:1", metadata: {} }));
  await registry.register({ name: "greeter", version: "1", metadata: {}, endpoints: [], nodes });
  const next = await selector.select("greeter");
  const drawn = (): string[] =>
    [...new Set(Array.from({ length: 200 }, () => next().node.id))].sort();
  expect(drawn()).toEqual(["a", "b", "c"]);
  const fail = () =>
    selector.mark("greeter", nodes[0]!, { error: new InternalServerError("no"), latencyMs: 1 });
  fail();
  expect(drawn()).toEqual(["a", "b", "c"]);
  fail();
  expect(drawn()).toEqual(["b", "c"]);
  await elapse(5_000);
  expect(drawn()).toEqual(["a", "b", "c"]);
});

test("options that make no sense are refused by name", () => {
  expect(() => blacklistSelector({ faults: 0 })).toThrow("blacklistSelector.faults");
  expect(() => blacklistSelector({ ms: -1 })).toThrow(OptionError);
  expect(fromSettings({ addresses: [] }).name).toBe("blacklist");
});
