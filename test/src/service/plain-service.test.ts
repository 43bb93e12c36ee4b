import { describe, expect, test } from "@jest/globals";
import {
  Client,
  Conflict,
  createService,
  factory,
  Publisher,
  topic,
  type CreateServiceOptions,
  type PlainService,
  type Plugins,
  type Registry,
} from "plugboard";
import { memoryBroker, memoryBrokerHub } from "plugboard/plugins/broker/memory";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";
import { virtualWorld } from "../../support/virtual-environment.js";

class SoldOut extends Conflict {
  static override readonly type = "test.SoldOut";
}
interface Shop {
  buy(request: { item: string }): Promise<{ left: number }>;
  list(request: { count: number }): AsyncIterable<{ item: string }>;
}
class ShopClient extends Client<Shop>("shop", { errors: [SoldOut] }) {}
const Sold = topic<{ item: string }>("shop.sold");
class SoldPublisher extends Publisher(Sold) {}

/** Services of one world, registry and broker. */
function town(variables: Readonly<Record<string, string>> = {}) {
  const world = virtualWorld();
  const plugins = {
    registry: memoryRegistry({ hub: memoryRegistryHub() }),
    broker: memoryBroker({ hub: memoryBrokerHub() }),
  } satisfies Plugins;
  let hosts = 0;
  const service = (options: Partial<CreateServiceOptions> = {}): PlainService =>
    createService({
      name: "shop",
      environment: world.environment(`10.0.0.${++hosts}`, { variables }),
      ...options,
      plugins: { ...plugins, ...options.plugins },
    });
  return { world, service };
}

describe("a service without decorators", () => {
  test("serves functions; typed clients, publishers and errors work on both ends", async () => {
    const { world, service } = town();
    const sold: string[] = [];
    await using shop = service()
      .handle("Shop.Buy", ({ item }: { item: string }) => {
        if (item === "gold") throw new SoldOut("no gold left");
        return { left: 1 };
      })
      .handle("Shop.List", async function* ({ count }: { count: number }) {
        for (let n = 0; n < count; n++) yield { item: `item ${n}` };
      })
      .subscribe(Sold, ({ data }) => void sold.push(data.item), { group: "shop" });
    await shop.start();
    expect(() => shop.handle("Shop.Late", () => ({}))).toThrow(
      "add handlers and subscribers before the service starts",
    );
    await using caller = service({ name: "caller" });
    await caller.start();
    const client = caller.clientOf(ShopClient);
    expect(await client.buy({ item: "tea" })).toEqual({ left: 1 });
    await expect(client.buy({ item: "gold" })).rejects.toBeInstanceOf(SoldOut);
    const items: string[] = [];
    for await (const { item } of client.list({ count: 2 })) items.push(item);
    expect(items).toEqual(["item 0", "item 1"]);
    await caller.publisherOf(SoldPublisher).publish({ item: "tea" });
    await world.clock.settle();
    expect(sold).toEqual(["tea"]);
  });

  test("its handlers' own calls inherit the context, from the first call on", async () => {
    const { service } = town();
    const left: unknown[] = [];
    await using deep = service({ name: "deep" }).handle("Deep.Left", (_request, context) => {
      left.push(Math.round(context.remainingMs()), context.metadata["x-request"]);
      return {};
    });
    await using outer = service({ name: "outer" });
    outer.handle("Outer.Ask", async () => {
      await Promise.resolve();
      return outer.client.call(outer.client.newRequest("deep", "Deep.Left", {}));
    });
    for (const each of [deep, outer]) await each.start();
    await using caller = service({ name: "caller" });
    await caller.start();
    const request = caller.client.newRequest("outer", "Outer.Ask", {});
    await caller.client.call(request, { timeoutMs: 700, metadata: { "X-Request": "r-1" } });
    expect(left).toEqual([700, "r-1"]);
  });

  test("MICRO_SERVER_NAME renames it, for callers as well", async () => {
    const { service } = town({ MICRO_SERVER_NAME: "kiosk" });
    await using shop = service().handle("Kiosk.Buy", () => ({ left: 7 }));
    await shop.start();
    class KioskClient extends Client<Shop>("kiosk") {}
    expect(await shop.clientOf(KioskClient).buy({ item: "tea" })).toEqual({ left: 7 });
  });

  test("says so when it is asked before it was started, or for another class", async () => {
    const { service } = town();
    const shop = service();
    const early = "the service has not been started: await service.start() first";
    expect(() => shop.client).toThrow(early);
    expect(() => shop.address).toThrow(early);
    expect(() => service({ name: "" })).toThrow("createService.name");
    await shop.start();
    class Other {}
    expect(() => shop.clientOf(Other)).toThrow(
      'Other is no client; write class X extends Client<Y>("y") {}',
    );
    expect(() => shop.publisherOf(Other)).toThrow(
      "Other is no publisher; write class X extends Publisher(topic) {}",
    );
    await shop.stop();
  });
});

describe("its end", () => {
  test("stop is idempotent, and a service that was stopped does not start", async () => {
    const turns: string[] = [];
    const { service } = town();
    const hooks = {
      onStart: () => turns.push("start"),
      onStop: () => turns.push("stop"),
    };
    const shop = service(hooks);
    await shop.start();
    expect(shop.stop()).toBe(shop.stop());
    expect(await shop.stop()).toEqual({ cut: 0 });
    const other = service(hooks);
    expect(await other.stop()).toEqual({ cut: 0 });
    await expect(other.start()).rejects.toMatchObject({ reason: "service.stopped" });
    expect(turns).toEqual(["start", "stop"]);
  });

  test("a stop while it is being built keeps it from running", async () => {
    const { service } = town();
    let build: (registry: Registry) => void = () => undefined;
    const registry = new Promise<Registry>((resolve) => (build = resolve));
    const shop = service({ plugins: { registry: factory([], () => registry) } });
    const starting = shop.start();
    const stopping = shop.stop();
    const environment = virtualWorld().environment();
    build(await memoryRegistry().create(environment));
    await expect(starting).rejects.toMatchObject({ reason: "service.stopped" });
    expect(await stopping).toEqual({ cut: 0 });
  });

  test("a plugin that cannot be made: what was made before is closed", async () => {
    const { service } = town();
    let closed = 0;
    const selector = {
      name: "noting",
      select: () => {
        throw new Error("unused");
      },
      mark: () => undefined,
      reset: () => undefined,
      close: async () => {
        closed++;
      },
    };
    const shop = service({
      plugins: {
        selector: { useValue: selector },
        server: factory([], () => {
          throw new Error("no server today");
        }),
      },
    });
    await expect(shop.start()).rejects.toThrow("no server today");
    expect(closed).toBe(1);
    expect(await shop.stop()).toEqual({ cut: 0 });
  });

  test("run ends with a signal", async () => {
    const world = virtualWorld();
    const environment = world.environment();
    const plugins = { registry: memoryRegistry(), broker: memoryBroker() };
    const running = createService({ name: "shop", environment, plugins }).run();
    await world.clock.settle();
    expect(environment.process.raise("SIGTERM")).toBe(true);
    expect(await running).toEqual({ cut: 0 });
  });
});
