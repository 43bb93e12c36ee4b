import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { silentLogger, type Registry } from "../../../src/spi.js";
import { recordOf, nodeOf } from "../../../test/contracts/registry/samples.js";
import { realEnvironment } from "../../standard/environment.js";
import { etcdRegistry, type EtcdRegistryOptions } from "./index.js";

const environment = realEnvironment({ logger: silentLogger });
/** Work for one node is done one after the other, so everybody has nodes of their own. */
const record = (name: string) => recordOf("shop", [nodeOf(`${name}-1`), nodeOf(`${name}-2`)]);
const made: Registry[] = [];
const sockets = new Set<Socket>();
let silent: Server;

/** Takes connections and never says a word. */
beforeAll(async () => {
  silent = createServer((socket) => void sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  for (const registry of made.splice(0)) await registry.close();
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

const dead = "127.0.0.1:1";
const mute = (): string => `127.0.0.1:${(silent.address() as AddressInfo).port}`;

async function open(options: EtcdRegistryOptions): Promise<Registry> {
  const registry = await etcdRegistry(options).create(environment);
  made.push(registry);
  return registry;
}

const methods = (registry: Registry): readonly (() => Promise<unknown>)[] => [
  () => registry.register(record("a"), { ttlMs: 90_000 }),
  () => registry.register(record("b")),
  () => registry.deregister(record("c")),
  () => registry.getService("shop"),
  () => registry.listServices(),
  () => registry.watch(),
];

async function took(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

const allFail = (registry: Registry): Promise<unknown> =>
  Promise.all(
    methods(registry).map((method) =>
      expect(method()).rejects.toMatchObject({
        code: 503,
        reason: "registry.unreachable",
        retry: "safe",
      }),
    ),
  );

describe.each([
  ["nobody listens", () => [dead]],
  ["nobody answers", () => [mute()]],
  ["neither of several does", () => [mute(), dead, mute()]],
])("where %s", (_, endpoints) => {
  const connect = () => open({ endpoints: endpoints(), requestTimeoutMs: 500 });

  test("every method says so in time", async () => {
    const registry = await connect();
    expect(await took(() => allFail(registry))).toBeLessThan(1_000);
  });

  test("close is quick, and ends what is under way", async () => {
    const registry = await connect();
    const work = methods(registry).map((method) =>
      expect(method()).rejects.toMatchObject({ code: 503 }),
    );
    expect(await took(() => registry.close())).toBeLessThan(2_000);
    await Promise.all(work);
    for (const method of methods(registry))
      await expect(method()).rejects.toMatchObject({ reason: "registry.closed" });
    await registry.close();
  });

  test("what is given up ends at once", async () => {
    const registry = await connect();
    const abort = new AbortController();
    const { signal } = abort;
    const work = [
      registry.register(record("a"), { signal }),
      registry.deregister(record("b"), { signal }),
      registry.getService("shop", { signal }),
      registry.listServices({ signal }),
      registry.watch({ signal }),
    ].map((each) => expect(each).rejects.toMatchObject({ code: 499 }));
    abort.abort();
    expect(await took(() => Promise.all(work))).toBeLessThan(250);
  });
});

test("the sentence says where etcd was looked for, and what was in the way", async () => {
  const registry = await open({ endpoints: [dead] });
  await expect(registry.listServices()).rejects.toThrow(
    /^registry etcd: 127\.0\.0\.1:1: .*ECONNREFUSED/,
  );
});
