import { describe, expect, test } from "@jest/globals";
import { Broker, Client, createApp, Registry, Selector, type App } from "plugboard";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";
import {
  Alone,
  Config,
  laptopOn,
  PriceList,
  Production,
  type Shop,
} from "./modules-and-plugins.js";

class ShopClient extends Client<Shop>("shop") {}

const priceOfTea = (app: App): Promise<{ cents: number }> =>
  app.get(ShopClient).price({ item: "tea" });

describe("modules and plugins", () => {
  test("the importing module's choice wins, the imported one's fills the rest", async () => {
    await using app = await createApp(Alone).start();
    expect(await priceOfTea(app)).toEqual({ cents: 300 });
    expect(app.get(Registry).name).toBe("memory");
    expect(app.get(Broker).name).toBe("memory");
    expect(app.get(Selector).name).toBe("round-robin");
    // Where the server listens came from Config, through a factory.
    expect(app.address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test("what a module does not export stays its own", async () => {
    await using app = await createApp(Alone).start();
    expect(() => app.get(PriceList)).toThrow("PriceList: no provider");
    expect(() => app.get(Config)).toThrow("Config: no provider");
  });

  test("a finished object fills a slot as well: here two apps share one registry", async () => {
    const registry = memoryRegistry({ hub: memoryRegistryHub() });
    await using first = await createApp(laptopOn(registry)).start();
    await using second = await createApp(laptopOn(registry)).start();
    const { length } = (await first.get(Registry).getService("shop")).flatMap(({ nodes }) => nodes);
    expect(length).toBe(2);
    expect(await priceOfTea(second)).toEqual({ cents: 300 });
  });

  test("operations swap plugins of the unchanged app by the environment", async () => {
    await using app = createApp(Production, { plugins: { registry: memoryRegistry() } });
    await app.start();
    expect(app.get(Registry).name).toBe("memory");
  });
});
