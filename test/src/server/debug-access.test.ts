import { expect, test } from "@jest/globals";
import { createService } from "../../../index.js";
import { memoryBroker } from "../../../plugins/broker/memory/index.js";
import { memoryRegistry } from "../../../plugins/registry/memory/index.js";
import { memoryTransport } from "../../../plugins/transport/memory/index.js";
import {
  ContextValue,
  Forbidden,
  rpcServer,
  type Context,
  type DebugAccess,
} from "../../../src/index.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const closed = () => () => Promise.reject(new Forbidden("closed", { reason: "test.closed" }));

/** What a call of `Debug.Health` comes to. */
async function health(debug?: DebugAccess): Promise<unknown> {
  const service = createService({
    name: "greeter",
    environment: virtualWorld().environment(),
    interceptors: [closed],
    plugins: {
      transport: memoryTransport(),
      registry: memoryRegistry(),
      broker: memoryBroker(),
      server: rpcServer({ address: "127.0.0.1:0", ...(debug && { debug }) }),
    },
  }).handle("Greeter.Hello", () => ({}));
  await service.start();
  const { client } = service;
  try {
    return await client.call(client.newRequest("greeter", "Debug.Health", {}));
  } catch (error) {
    return (error as Forbidden).reason;
  } finally {
    await service.stop();
  }
}

test("debug endpoints are open to everybody unless told otherwise", async () => {
  expect(await health()).toEqual({ status: "ok" });
  expect(await health("intercepted")).toBe("test.closed");
  expect(await health("off")).toBe("router.unknown-service");
  expect(() => rpcServer({ debug: "perhaps" as DebugAccess })).toThrow("rpcServer.debug");
});

test("a value belongs to its call's context alone", () => {
  const [one, other] = [{}, {}] as [Context, Context];
  const tenant = new ContextValue<string>();
  const second = new ContextValue<string>();
  tenant.set(one, "acme");
  expect([tenant.get(one), tenant.get(other), second.get(one)]).toEqual([
    "acme",
    undefined,
    undefined,
  ]);
});
