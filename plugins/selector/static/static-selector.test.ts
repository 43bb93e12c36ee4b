import { expect, test } from "@jest/globals";
import { OptionError, Unavailable, type Plugin, type Selector } from "../../../src/spi.js";
import { selectorContract } from "../../../test/contracts/selector-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { listSelectorHarness } from "../../../test/support/list-selector-harness.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { StaticRegistry } from "./static-registry.js";
import { fromSettings, staticSelector } from "./index.js";

const alike = "all nodes of a list say the same of themselves";
describeContract(
  selectorContract,
  () => listSelectorHarness(staticSelector, (service, address) => `${service}-${address}`),
  {
    skip: {
      "each node is drawn, with the record that it came from": "a list knows no versions",
      "a node that comes is drawn, one that goes is not": "a list does not change",
      "the version asked for is drawn alone": "a list knows no versions",
      "nodes with all of the labels asked for are drawn alone": alike,
      "nodes that say another protocol are not drawn, silent ones are": alike,
      "versions without the endpoint are not drawn, silent ones are": "a list knows no endpoints",
      "filters of the caller's own run last, each on what the one before left": alike,
      "what does not fit one call fits the next": "a list knows no versions",
      "the only node that a filter leaves is drawn, failing or not": "a list knows no versions",
    },
  },
);

async function setUp(plugin: Plugin<Selector>) {
  const world = virtualWorld();
  const selector = await plugin.create(world.environment());
  const drawn = async (service: string): Promise<string[]> => {
    const next = await selector.select(service, { protocols: ["mucp"] });
    return [...new Set(Array.from({ length: 100 }, () => next().node.address))].sort();
  };
  return { world, selector, drawn };
}

const two = { greeter: ["10.0.0.1:80", "example.com:80", "10.0.0.1:80"], web: ["[::1]:90"] };

test("draws the addresses of a service, and knows no other", async () => {
  const { selector, drawn } = await setUp(staticSelector(two));
  expect(await drawn("greeter")).toEqual(["10.0.0.1:80", "example.com:80"]);
  expect(await drawn("web")).toEqual(["[::1]:90"]);
  await expect(drawn("other")).rejects.toMatchObject({ code: 404, reason: "selector.not-found" });
  await selector.close();
});

test("leaves out a node that fails, until reset", async () => {
  const { selector, drawn } = await setUp(staticSelector(two));
  await drawn("greeter");
  const node = { id: "greeter-10.0.0.1:80", address: "10.0.0.1:80", metadata: {} };
  const error = new Unavailable("", { reason: "transport.refused" });
  selector.mark("greeter", node, { error, latencyMs: 1 });
  expect(await drawn("greeter")).toEqual(["example.com:80"]);
  selector.reset("greeter");
  expect(await drawn("greeter")).toHaveLength(2);
  await selector.close();
});

test("its nodes last, and closing leaves nothing behind", async () => {
  const { world, selector, drawn } = await setUp(staticSelector(two));
  await drawn("greeter");
  await world.clock.advance(3_600_000);
  expect(await drawn("greeter")).toHaveLength(2);
  await selector.close();
  expect(world.clock.waiting).toBe(0);
});

test("speaks mucp unless told otherwise", async () => {
  const { drawn } = await setUp(staticSelector(two, { metadata: { protocol: "grpc" } }));
  await expect(drawn("greeter")).rejects.toMatchObject({ reason: "selector.empty" });
});

test("its settings are names and addresses", async () => {
  const { drawn } = await setUp(
    fromSettings({ addresses: ["greeter=10.0.0.1:80", "greeter=10.0.0.2:80", "web=h:1"] }),
  );
  expect(await drawn("greeter")).toEqual(["10.0.0.1:80", "10.0.0.2:80"]);
  expect(() => fromSettings({ addresses: ["10.0.0.1:80"] })).toThrow("name=host:port");
  expect(() => staticSelector({ greeter: [""] })).toThrow(OptionError);
});

test("its list takes no changes", async () => {
  const registry = new StaticRegistry(new Map());
  for (const method of [registry.register, registry.deregister, registry.watch])
    await expect(method()).rejects.toMatchObject({ code: 501 });
  expect(await registry.listServices()).toEqual([]);
  await registry.close();
});
