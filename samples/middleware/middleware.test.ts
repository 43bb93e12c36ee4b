import { beforeEach, expect, test } from "@jest/globals";
import { createApp, Forbidden, Module, rpcServer } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { Test } from "plugboard/testing";
import { trail, Vault, VaultClient, VaultModule } from "./middleware.js";

process.env["MICRO_LOG_LEVEL"] = "error";

beforeEach(() => void (trail.length = 0));

test("app, class and method wrap the handler in this order, first listed outermost", async () => {
  const plugins = {
    registry: memoryRegistry(),
    broker: memoryBroker(),
    server: rpcServer({ address: "127.0.0.1:0" }),
  };
  await using app = await createApp(VaultModule, { plugins }).start();
  expect(await app.get(VaultClient).open()).toEqual({ gold: 42 });
  expect(trail).toEqual([
    "app > server Vault.Open",
    "class > server Vault.Open",
    "method > server Vault.Open",
    "method < server Vault.Open",
    "class < server Vault.Open",
    "app < server Vault.Open",
  ]);
});

test("a guard refuses whoever does not bring the key; the layers outside of it see that", async () => {
  @Module({ services: [Vault] })
  class NoKey {}
  await using cluster = await Test.cluster();
  await cluster.start(NoKey);
  const vault = cluster.client(VaultClient);
  await expect(vault.open()).rejects.toBeInstanceOf(Forbidden);
  expect(trail.at(-1)).toBe("class < server Vault.Open");
  const metadata = { "X-Key": "open sesame" };
  expect(await vault.open(undefined, { metadata })).toEqual({ gold: 42 });
});
