import { describe, expect, test } from "@jest/globals";
import { memoryBroker, memoryBrokerHub } from "../../../plugins/broker/memory/index.js";
import { jsonCodec } from "../../../plugins/codec/json/index.js";
import { memoryRegistry, memoryRegistryHub } from "../../../plugins/registry/memory/index.js";
import { randomSelector } from "../../../plugins/selector/random/index.js";
import { memoryHub, memoryTransport } from "../../../plugins/transport/memory/index.js";
import { Conflict } from "../../../src/base/errors.js";
import type { Context } from "../../../src/call/context.js";
import { topic } from "../../../src/call/topic.js";
import { Publisher } from "../../../src/client/publisher.js";
import { rpcClient } from "../../../src/client/rpc-client.js";
import { typedClient } from "../../../src/client/typed-client.js";
import { definePlugin } from "../../../src/plugin/plugin.js";
import { Registry } from "../../../src/registry/registry.js";
import { rpcServer } from "../../../src/server/rpc-server.js";
import { serviceCreator, type CreateServiceOptions } from "../../../src/service/create-service.js";
import { rpcService } from "../../../src/service/rpc-service.js";
import { ended } from "../../contracts/pair/tools.js";
import type { PairHarness } from "../../contracts/pair/harness.js";
import { eventually } from "../../support/broker-harness.js";
import { virtualWorld } from "../../support/virtual-environment.js";

class OutOfStock extends Conflict {
  static override readonly type = "shop.OutOfStock";
}

interface Shop {
  buy(request: { item: string }): Promise<{ bought: string }>;
  watch(request: { to: number }): AsyncIterable<{ n: number }>;
}
class ShopClient extends typedClient<Shop>("shop", { errors: [OutOfStock] }) {}

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
  create({ name: "shop", ...options })
    .handle("Shop.Buy", async ({ item }: { item: string }) => {
      if (item === "tea") throw new OutOfStock("no tea", { data: { item } });
      return Promise.resolve({ bought: item });
    })
    .handle("Shop.Watch", async function* ({ to }: { to: number }) {
      for (let n = 0; n < to; n++) yield await Promise.resolve({ n });
    });

describe("a plain service", () => {
  test("serves functions and generators to typed clients", async () => {
    const { create, within } = bench();
    const shop = await within(shopOf(create).start());
    const web = await within(create({ name: "web" }).start());
    const client = web.clientOf(ShopClient);
    expect(await within(client.buy({ item: "chair" }))).toEqual({ bought: "chair" });
    const items: unknown[] = [];
    for await (const item of client.watch({ to: 2 })) items.push(item);
    expect(items).toEqual([{ n: 0 }, { n: 1 }]);
    const error = await within(client.buy({ item: "tea" }).catch((failure: unknown) => failure));
    expect(error).toBeInstanceOf(OutOfStock);
    expect(error).toMatchObject({ item: "tea", id: "shop" });
    expect(shop.address).toMatch(/:\d+$/);
    await within(Promise.all([shop.stop(), web.stop()]));
  });

  test("publishes and subscribes", async () => {
    const { create, within, clock } = bench();
    const heard: unknown[] = [];
    const mailer = create({ name: "mailer" }).subscribe(
      Bought,
      function onBought({ data }) {
        heard.push(data);
      },
      { group: "mailer" },
    );
    await within(mailer.start());
    const shop = await within(create({ name: "shop" }).start());
    await within(shop.publisherOf(BoughtPublisher).publish({ item: "chair" }));
    await clock.settle();
    expect(heard).toEqual([{ item: "chair" }]);
    await within(Promise.all([shop.stop(), mailer.stop()]));
  });

  test("passes the context on, from its very first call", async () => {
    const { create, within } = bench();
    const tenants: unknown[] = [];
    const inner = create({ name: "inner" }).handle(
      "Inner.Keep",
      async (_request: unknown, { metadata }: Context) => {
        tenants.push(metadata["x-tenant"]);
        return Promise.resolve({});
      },
    );
    const outer = create({ name: "outer" });
    outer.handle("Outer.Pass", () =>
      outer.client.call(outer.client.newRequest("inner", "Inner.Keep", {})),
    );
    await within(Promise.all([inner.start(), outer.start()]));
    const web = await within(create({ name: "web" }).start());
    const request = web.client.newRequest("outer", "Outer.Pass", {});
    await within(web.client.call(request, { metadata: { "x-tenant": "acme" } }));
    expect(tenants).toEqual(["acme"]);
    await within(Promise.all([web.stop(), outer.stop(), inner.stop()]));
  });

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

  test("registers under the name that the environment gives it", async () => {
    const { create, within, environment, hubs } = bench();
    const renamed = environment("10.0.9.9", { variables: { MICRO_SERVER_NAME: "boutique" } });
    const options = { environment: renamed, version: "1.2.0", metadata: { zone: "a" } };
    const shop = await within(shopOf(create, options).start());
    const registry = await memoryRegistry({ hub: hubs.registry }).create(environment());
    expect(await registry.listServices()).toHaveLength(1);
    expect((await registry.getService("boutique"))[0]).toMatchObject({
      version: "1.2.0",
      nodes: [{ metadata: { zone: "a" } }],
    });
    await within(shop.stop());
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

  test("has no client and no address before it has started", () => {
    const { create } = bench();
    const shop = create({ name: "shop" });
    for (const look of [() => shop.client, () => shop.address, () => shop.clientOf(ShopClient)])
      expect(look).toThrow("await service.start() first");
    expect(() => create({ name: "" })).toThrow("createService.name must be a text");
  });

  test("fails to start as its plugin does, and leaves nothing behind", async () => {
    const { create, within, clock } = bench();
    const failure = new Error("npm install etcd3");
    const etcd = definePlugin(Registry, "etcd", () => Promise.reject(failure));
    const shop = create({ name: "shop", plugins: { registry: etcd } });
    await expect(within(shop.start())).rejects.toBe(failure);
    expect(await within(shop.stop())).toEqual({ cut: 0 });
    expect(clock.waiting).toBe(0);
  });

  test("refuses a handler that makes no sense at its start", async () => {
    const { create, within } = bench();
    const shop = create({ name: "shop" }).handle("Shop.Then", () => Promise.resolve());
    await expect(within(shop.start())).rejects.toThrow(/Shop\.Then/);
  });

  test("that was stopped before it had started does not start", async () => {
    const { create, within } = bench();
    const never = create({ name: "shop" });
    expect(await within(never.stop())).toEqual({ cut: 0 });
    await expect(within(never.start())).rejects.toMatchObject({ reason: "service.stopped" });
    const early = shopOf(create);
    const starting = early.start();
    starting.catch(() => undefined);
    await within(early.stop());
    await expect(within(starting)).rejects.toMatchObject({ reason: "service.stopped" });
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
