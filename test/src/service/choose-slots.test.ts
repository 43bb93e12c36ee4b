import { describe, expect, test } from "@jest/globals";
import { Broker } from "../../../src/broker/broker.js";
import { Codec } from "../../../src/codec/codec.js";
import { isPlugin } from "../../../src/plugin/choice.js";
import { Container } from "../../../src/plugin/container.js";
import { definePlugin } from "../../../src/plugin/plugin.js";
import { Registry } from "../../../src/registry/registry.js";
import { choicesOf } from "../../../src/service/assembly.js";
import { chooseSlots, slotsOf } from "../../../src/service/choose-slots.js";
import { readSettings } from "../../../src/service/settings.js";
import type { Plugins, Standard } from "../../../src/service/slots.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const registry = (name: string) => definePlugin(Registry, name, () => ({}) as Registry);
const codec = (name: string) => definePlugin(Codec, name, () => ({}) as Codec);
const broker = (name: string) => definePlugin(Broker, name, () => ({}) as Broker);

const standard: Standard = {
  plugins: { registry: registry("mdns"), codec: [codec("json")], broker: broker("http") },
  environment: () => virtualWorld().environment(),
  find: (slot, name) =>
    Promise.resolve(({ addresses }) => {
      if (name === "misplaced") return broker("misplaced");
      const full = [name, ...addresses].join("@");
      return slot === "codec" ? codec(full) : slot === "broker" ? broker(full) : registry(full);
    }),
};

const choose = async (
  plugins: Plugins,
  variables: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
) => {
  const root = Container.create();
  const chosen = slotsOf(plugins, "ShopModule", root);
  const slots = await chooseSlots(chosen, standard, readSettings({ variables, args }), root);
  return Object.fromEntries(
    Object.entries(slots).map(([slot, filled]) => [
      slot,
      `${choicesOf(filled)
        .map((choice) => (isPlugin(choice) ? choice.name : "?"))
        .join("+")} (${filled.origin})`,
    ]),
  );
};

describe("a slot is filled", () => {
  test("by the default, where nobody says anything", async () => {
    expect(await choose({})).toEqual({
      codec: "json (default)",
      registry: "mdns (default)",
      broker: "http (default)",
    });
  });

  test("by the app, before the default", async () => {
    expect(await choose({ registry: registry("mine") })).toMatchObject({
      registry: "mine (ShopModule)",
      broker: "http (default)",
    });
  });

  test("by the environment, before the app", async () => {
    const variables = {
      MICRO_REGISTRY: "etcd",
      MICRO_REGISTRY_ADDRESS: "a:1, b:2,",
      MICRO_CODEC: "x",
    };
    expect(await choose({ registry: registry("mine") }, variables)).toMatchObject({
      registry: "etcd@a:1@b:2 (MICRO_REGISTRY=etcd)",
      codec: "x (MICRO_CODEC=x)",
    });
  });

  test("by a flag, before a variable", async () => {
    expect(await choose({}, { MICRO_BROKER: "nats" }, ["--broker", "kafka"])).toMatchObject({
      broker: "kafka (--broker=kafka)",
    });
  });

  test("by the default with an address, where only that is said", async () => {
    expect(await choose({}, { MICRO_REGISTRY_ADDRESS: "a:1" })).toMatchObject({
      registry: "mdns@a:1 (MICRO_REGISTRY_ADDRESS=a:1)",
    });
  });
});

describe("a setting is refused", () => {
  test("that is the address of nobody knows what", async () => {
    const plugins = { registry: registry("mine") };
    await expect(choose(plugins, { MICRO_REGISTRY_ADDRESS: "a:1" })).rejects.toThrow(
      "MICRO_REGISTRY_ADDRESS needs MICRO_REGISTRY",
    );
    await expect(choose({}, { MICRO_TRANSPORT_ADDRESS: "a:1" })).rejects.toThrow(/needs MICRO_/);
  });

  test("that names a plugin of another slot", async () => {
    await expect(choose({}, { MICRO_REGISTRY: "misplaced" })).rejects.toThrow(
      "MICRO_REGISTRY=misplaced: misplaced is a plugin for Broker, not for Registry",
    );
  });
});
