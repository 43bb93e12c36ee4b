import { describe, expect, test } from "@jest/globals";
import { memoryBroker, memoryBrokerHub } from "../../../plugins/broker/memory/index.js";
import { jsonCodec } from "../../../plugins/codec/json/index.js";
import { memoryRegistry, memoryRegistryHub } from "../../../plugins/registry/memory/index.js";
import { randomSelector } from "../../../plugins/selector/random/index.js";
import { memoryHub, memoryTransport } from "../../../plugins/transport/memory/index.js";
import { topic } from "../../../src/call/topic.js";
import { Publisher } from "../../../src/client/publisher.js";
import { rpcClient } from "../../../src/client/rpc-client.js";
import { rpcServer } from "../../../src/server/rpc-server.js";
import { serviceCreator, type CreateServiceOptions } from "../../../src/service/create-service.js";
import { rpcService } from "../../../src/service/rpc-service.js";
import { ended } from "../../contracts/pair/tools.js";
import type { PairHarness } from "../../contracts/pair/harness.js";
import { eventually } from "../../support/broker-harness.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const Bought = topic<{ item: string }>("shop.bought");
class BoughtPublisher extends Publisher(Bought) {}

/** Makes services that share a world. */
function bench() {
  const world = virtualWorld();
  const hubs = { registry: memoryRegistryHub(), broker: memoryBrokerHub(), transport: memoryHub() };
  let hosts = 0;
  const create = serviceCreator({
    plugins: {
      transport: memoryTransport({ hub: hubs.transport }),
      codec: jsonCodec(),
      registry: memoryRegistry({ hub: hubs.registry }),
      selector: randomSelector(),
      broker: memoryBroker({ hub: hubs.broker }),
      client: rpcClient(),
      server: rpcServer(),
      service: rpcService(),
    },
    environment: () => world.environment(`10.0.0.${++hosts}`),
    find: () => Promise.reject(new Error("there is nothing to find")),
  });
  const fair = { eventually: (check: () => void) => eventually(world, check) } as PairHarness;
  const within = <T>(work: Promise<T>): Promise<T> => ended(fair, work);
  return { ...world, create, within, hubs };
}

const shopOf = (
  create: ReturnType<typeof bench>["create"],
  options: Partial<CreateServiceOptions> = {},
) =>
  create({ name: "shop", ...options }).handle("Shop.Buy", ({ item }: { item: string }) =>
    Promise.resolve({ bought: item }),
  );

describe("a service without decorators", () => {
  test("runs its layers around handlers, subscribers and calls", async () => {
    const { create, within, clock } = bench();
    const sides: string[] = [];
    const note: NonNullable<CreateServiceOptions["interceptors"]>[number] = (next) => (call) => {
      sides.push(`${call.side} ${call.endpoint}`);
      return next(call);
    };
    const layers = { interceptors: [note], clientInterceptors: [note] };
    const shop = shopOf(create, layers).subscribe(Bought, () => undefined);
    await within(shop.start());
    await within(shop.client.call(shop.client.newRequest("shop", "Shop.Buy", { item: "chair" })));
    await within(shop.publisherOf(BoughtPublisher).publish({ item: "chair" }));
    await clock.settle();
    expect(sides).toEqual(["client Shop.Buy", "server Shop.Buy", "subscriber shop.bought"]);
    await within(shop.stop());
  });

  test("runs its hooks, and says where it is and what it stands on", async () => {
    const { create, within, logs } = bench();
    const turns: string[] = [];
    const shop = create({
      name: "shop",
      onStart: () => turns.push("start"),
      onReady: () => turns.push("ready"),
      onDrain: () => turns.push("drain"),
      onStop: () => turns.push("stop"),
    });
    await within(shop.start());
    expect(logs[0]).toMatchObject({
      level: "info",
      message: `shop is ready on ${shop.address}`,
      fields: { plugins: { registry: "memory (default)", codec: "json (default)" } },
    });
    const report = within(shop.run());
    expect(await within(shop.stop())).toEqual({ cut: 0 });
    expect(await report).toEqual({ cut: 0 });
    expect(turns).toEqual(["start", "ready", "drain", "stop"]);
  });

  test("takes nothing more once it starts", async () => {
    const { create, within } = bench();
    const shop = shopOf(create);
    const starting = within(shop.start());
    const late = "add handlers and subscribers before the service starts";
    expect(() => shop.handle("Shop.Late", () => Promise.resolve())).toThrow(late);
    expect(() => shop.subscribe(Bought, () => undefined)).toThrow(late);
    await starting;
    await within(shop.stop());
  });

  test("refuses a handler that makes no sense at its start", async () => {
    const { create, within } = bench();
    const shop = create({ name: "shop" }).handle("Shop.Then", () => Promise.resolve());
    await expect(within(shop.start())).rejects.toThrow(/Shop\.Then/);
  });

  test("stops at the end of its block", async () => {
    const { create, within, hubs, environment } = bench();
    {
      await using shop = await within(shopOf(create).start());
      expect(shop.address).not.toBe("");
    }
    const registry = await memoryRegistry({ hub: hubs.registry }).create(environment());
    expect(await registry.listServices()).toHaveLength(0);
  });
});
