import { describe, expect, test } from "@jest/globals";
import { memoryBroker } from "../../../plugins/broker/memory/index.js";
import { jsonCodec } from "../../../plugins/codec/json/index.js";
import { protobufCodec } from "../../../plugins/codec/protobuf/index.js";
import { memoryRegistry } from "../../../plugins/registry/memory/index.js";
import { Ambient } from "../../../src/call/ambient.js";
import { AppOptions } from "../../../src/call/app-options.js";
import { Broker } from "../../../src/broker/broker.js";
import { Client } from "../../../src/client/client.js";
import { Codecs } from "../../../src/codec/codecs.js";
import { factory } from "../../../src/plugin/choice.js";
import { Container } from "../../../src/plugin/container.js";
import { definePlugin, type Plugin, type Token } from "../../../src/plugin/plugin.js";
import { RegistryCache } from "../../../src/registry/registry-cache.js";
import { Registry } from "../../../src/registry/registry.js";
import { Selector } from "../../../src/selector/selector.js";
import { Server } from "../../../src/server/server.js";
import { Assembly, type AssemblyOptions } from "../../../src/service/assembly.js";
import { slotsOf } from "../../../src/service/choose-slots.js";
import { readSettings } from "../../../src/service/settings.js";
import type { Plugins } from "../../../src/service/slots.js";
import { TableRegistry } from "../../support/table-registry.js";
import { virtualWorld } from "../../support/virtual-environment.js";

function bench(plugins: Plugins, prepare?: AssemblyOptions["prepare"]) {
  const world = virtualWorld();
  const environment = world.environment();
  const root = Container.create();
  const app: AppOptions = {
    name: "test",
    settings: readSettings(environment.process),
    errors: new Map(),
    clientInterceptors: [],
    serverInterceptors: [],
    subscriberInterceptors: [],
  };
  const slots = slotsOf(plugins, "ShopModule", root);
  const assembly = new Assembly({ environment, app, root, slots, ...(prepare ? { prepare } : {}) });
  return { ...world, assembly, root, app, environment };
}

/** A plugin that only tells what it was made from. */
const told = <T>(token: Token<T>, made: string[], ...needs: readonly Token<unknown>[]): Plugin<T> =>
  definePlugin(
    token,
    "told",
    () => {
      made.push(token.name);
      return { name: token.name } as T;
    },
    needs,
  );

describe("an assembly", () => {
  test("builds each part once, after what it needs", async () => {
    const made: string[] = [];
    const { assembly } = bench({
      client: told(Client, made, Selector, Broker),
      selector: told(Selector, made, RegistryCache),
      broker: told(Broker, made, Registry),
      registry: told(Registry, made),
    });
    const [client, again] = await Promise.all([assembly.get(Client), assembly.get(Client)]);
    expect(client).toBe(again);
    expect(made).toEqual(["Registry", "Selector", "Broker", "Client"]);
    expect(await assembly.get(Registry)).toEqual({ name: "Registry" });
  });

  test("says which slot is empty, and how to fill it", async () => {
    const { assembly } = bench({ selector: told(Selector, [], Registry) });
    await expect(assembly.get(Selector)).rejects.toThrow("no Registry: add plugins.registry");
    await expect(assembly.get(Codecs)).rejects.toThrow("no Codecs: add plugins.codec");
    abstract class Other {}
    await expect(assembly.get(Other)).rejects.toThrow("no Other: add plugins.other");
    expect([assembly.builds(Registry), assembly.builds(RegistryCache)]).toEqual([true, true]);
    expect([assembly.builds(Ambient), assembly.builds(Container as never)]).toEqual([true, false]);
  });

  test("prints the circle of plugins that need each other", async () => {
    const { assembly } = bench({
      broker: told(Broker, [], Registry),
      registry: told(Registry, [], Selector),
      selector: told(Selector, [], Broker),
    });
    await expect(assembly.get(Broker)).rejects.toThrow(
      "plugins need each other in a circle: Broker -> Registry -> Selector -> Broker",
    );
  });

  test("fails as its plugin does, each time", async () => {
    const failure = new Error("npm install etcd3");
    const etcd = definePlugin(Registry, "etcd", () => Promise.reject(failure));
    const { assembly } = bench({ registry: etcd });
    await expect(assembly.get(Registry)).rejects.toBe(failure);
    await expect(assembly.get(RegistryCache)).rejects.toBe(failure);
  });

  test("takes a finished object", async () => {
    const { clock } = virtualWorld();
    const registry = new TableRegistry(clock);
    const { assembly, root } = bench({ registry: { useValue: registry } });
    expect(await assembly.get(Registry)).toBe(registry);
    expect(root.resolve(Registry)).toBe(registry);
    expect(await assembly.get(RegistryCache)).toBeInstanceOf(RegistryCache);
  });

  test("takes a factory of an object, or of a plugin, with what it asks for", async () => {
    const asked: unknown[] = [];
    const made: string[] = [];
    class Config {
      readonly name = "config";
    }
    const { assembly, root } = bench({
      registry: factory([Config, Ambient], async (config, ambient) => {
        asked.push(config.name, ambient instanceof Ambient);
        return Promise.resolve(told(Registry, made));
      }),
      broker: factory([Registry], (registry) => ({ name: `on ${registry.name}` }) as Broker),
    });
    root.bindClass(Config, Config);
    expect(await assembly.get(Broker)).toEqual({ name: "on Registry" });
    expect([asked, made]).toEqual([["config", true], ["Registry"]]);
  });

  test("lets a class be made by the container, with slots and providers", async () => {
    class Config {
      readonly zone = "a";
    }
    class ZoneSelector {
      readonly name = "zone";
      constructor(
        readonly registry: Registry,
        readonly config: Config,
      ) {}
    }
    Reflect.defineMetadata("design:paramtypes", [Registry, Config], ZoneSelector);
    const prepared: string[] = [];
    const { assembly, root } = bench(
      { registry: told(Registry, []), selector: ZoneSelector as never },
      (token, container) => {
        prepared.push(token.name);
        container.bindClass(Config, Config);
        return Promise.resolve();
      },
    );
    const selector = (await assembly.get(Selector)) as unknown as ZoneSelector;
    expect(selector).toBeInstanceOf(ZoneSelector);
    expect([selector.registry.name, selector.config.zone]).toEqual(["Registry", "a"]);
    expect(prepared).toEqual(["Config"]);
    expect(root.has(ZoneSelector)).toBe(false);
  });

  test("says which parameter of a class it cannot fill", async () => {
    class Unmarked {
      constructor(readonly url: string) {}
    }
    const { assembly } = bench({ registry: Unmarked as never });
    await expect(assembly.get(Registry)).rejects.toThrow(
      /Unmarked \(plugin of ShopModule\): constructor parameter 1 has no token/,
    );
  });

  test("joins codecs, first listed first", async () => {
    const { assembly } = bench({ codec: [jsonCodec(), protobufCodec()] });
    const codecs = await assembly.get(Codecs);
    expect(codecs.all.map(({ name }) => name)).toEqual(["json", "protobuf"]);
    const one = bench({ codec: jsonCodec() });
    expect((await one.assembly.get(Codecs)).has("application/json")).toBe(true);
  });

  test("tells which plugin each slot got, and why", () => {
    class MySelector {}
    const { assembly } = bench({
      registry: memoryRegistry(),
      broker: { useValue: { name: "own" } as Broker },
      codec: [jsonCodec(), protobufCodec()],
      selector: MySelector as never,
      client: factory([], () => ({}) as Client),
      server: { useValue: {} as Server },
    });
    expect(assembly.describe()).toEqual({
      codec: "json+protobuf (ShopModule)",
      registry: "memory (ShopModule)",
      selector: "MySelector (ShopModule)",
      broker: "own (ShopModule)",
      client: "a factory (ShopModule)",
      server: "a value (ShopModule)",
    });
  });

  test("closes what it has built, last first, whatever fails", async () => {
    const closed: string[] = [];
    const { assembly, logs } = bench({
      registry: {
        useValue: {
          close: () => Promise.resolve(closed.push("registry")),
        } as unknown as Registry,
      },
      broker: factory([Registry], () => ({
        disconnect: () => {
          closed.push("broker");
          throw new Error("stuck");
        },
      })) as never,
      server: factory([Broker], () => ({
        stop: () => Promise.resolve(closed.push("server")),
      })) as never,
    });
    await assembly.get(Server);
    await assembly.close();
    await assembly.close();
    expect(closed).toEqual(["server", "broker", "registry"]);
    expect(logs).toMatchObject([{ level: "error" }]);
  });

  test("is there for those who inject it, and keeps the context for who can look", async () => {
    const { assembly, root, app } = bench({ client: told(Client, []), broker: memoryBroker() });
    expect(root.resolve(AppOptions)).toBe(app);
    expect(() => root.resolve(Broker)).toThrow(/Broker: it is made by a plugin/);
    await assembly.get(Broker);
    expect(root.resolve(Broker).name).toBe("memory");
    await assembly.get(Client);
    expect(assembly.ambient.observed).toBe(false);
    root.resolve(Client);
    expect(assembly.ambient.observed).toBe(true);
  });
});
