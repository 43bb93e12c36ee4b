import { expect, test } from "@jest/globals";

import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { memoryRegistry, memoryRegistryHub, type MemoryRegistryOptions } from "./index.js";

const record = (id = "a", address = "h:1") => ({
  name: "greeter",
  version: "1",
  metadata: {},
  endpoints: [],
  nodes: [{ id, address, metadata: { zone: "x" } }],
});

function setUp() {
  const world = virtualWorld();
  const make = async (options?: MemoryRegistryOptions) =>
    await memoryRegistry(options).create(world.environment());
  return { world, make };
}

test("registries share a hub, and nothing without one", async () => {
  const { make } = setUp();
  const hub = memoryRegistryHub();
  const [one, two, alone] = [await make({ hub }), await make({ hub }), await make()];
  await one.register(record());
  expect(await two.getService("greeter")).toEqual([record()]);
  expect(await alone.getService("greeter")).toEqual([]);
});

test("what is registered can be changed afterwards without harm", async () => {
  const { make } = setUp();
  const registry = await make();
  const mine = record();
  await registry.register(mine);
  mine.nodes[0]!.metadata.zone = "y";
  expect(await registry.getService("greeter")).toEqual([record()]);
  const [found] = await registry.getService("greeter");
  expect(Object.isFrozen(found?.nodes[0]?.metadata)).toBe(true);
});

test("a node belongs to who registered it last", async () => {
  const { make, world } = setUp();
  const hub = memoryRegistryHub();
  const [one, two] = [await make({ hub }), await make({ hub })];
  await one.register(record(), { ttlMs: 1_000 });
  await two.register(record("a", "h:2"));
  await world.clock.advance(2_000);
  await one.close();
  expect((await two.getService("greeter"))[0]?.nodes[0]?.address).toBe("h:2");
  await two.close();
  expect(hub.services()).toEqual([]);
  expect(world.clock.waiting).toBe(0);
});

test("a watch tells of a node once it can be found", async () => {
  const { make } = setUp();
  const registry = await make();
  const watcher = await registry.watch();
  const registering = registry.register(record());
  for await (const { service } of watcher) {
    expect(await registry.getService("greeter")).toEqual([service]);
    break;
  }
  await registering;
});

test("a reader that falls 10,000 events behind loses the watch, and is told", async () => {
  const { make } = setUp();
  const registry = await make();
  const [slow, quick] = [await registry.watch(), await registry.watch()];
  let seen = 0;
  const reading = (async () => {
    for await (const _ of quick) if (++seen === 10_001) return;
  })();
  for (let count = 0; count <= 10_000; count++) await registry.register(record());
  const lost = (async () => {
    for await (const _ of slow);
  })();
  await expect(lost).rejects.toMatchObject({ code: 503, reason: "registry.watch-lost" });
  await reading;
  expect(seen).toBe(10_001);
});
