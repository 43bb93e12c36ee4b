import { describe, expect, test } from "@jest/globals";
import { Broker, Client, createApp, Registry, Selector, type App } from "plugboard";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { Config, Laptop, PriceList, Production, type Shop } from "./modules-and-plugins.js";

process.env["MICRO_LOG_LEVEL"] = "error";

class ShopClient extends Client<Shop>("shop") {}

const priceOfTea = (app: App): Promise<{ cents: number }> =>
  app.get(ShopClient).price({ item: "tea" });

describe("modules and plugins", () => {
  test("the importing module's choice wins, the imported one's fills the rest", async () => {
    await using app = await createApp(Laptop).start();
    expect(await priceOfTea(app)).toEqual({ cents: 300 });
    expect(app.get(Registry).name).toBe("memory");
    expect(app.get(Broker).name).toBe("memory");
    expect(app.get(Selector).name).toBe("round-robin");
    // Where the server listens came from Config, through a factory.
    expect(app.address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test("what a module does not export stays its own", async () => {
    await using app = await createApp(Laptop).start();
    expect(() => app.get(PriceList)).toThrow("PriceList: no provider");
    expect(() => app.get(Config)).toThrow("Config: no provider");
  });

  test("whoever starts the app may swap plugins once more", async () => {
    await using app = createApp(Production, { plugins: { registry: memoryRegistry() } });
    await app.start();
    expect(app.get(Registry).name).toBe("memory");
  });
});
