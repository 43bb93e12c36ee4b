import { expect, test } from "@jest/globals";
import { createService, rpcServer, type PlainService, type Plugins } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { etcdRegistry } from "plugboard/plugins/registry/etcd";
import { Closers } from "../support/closers.js";
import { eventually, figure, realWorld } from "../support/real-world.js";
import { startEtcd, type EtcdServer } from "./etcd-server.js";
import { elapse, inShort, openRegistry } from "./open-registry.js";

const callers = 30;

interface Reply {
  readonly app: string;
}

const plugins = (etcd: EtcdServer): Plugins => ({
  registry: etcdRegistry({ endpoints: etcd.endpoints }),
  broker: memoryBroker(),
});

/** An app on that etcd whose endpoint says which app it is. */
function startServing(
  etcd: EtcdServer,
  name: string,
  app: string,
  ttlMs = 90_000,
): Promise<PlainService> {
  const address = "127.0.0.1:0";
  const times = { registerTtlMs: ttlMs, registerIntervalMs: ttlMs / 3 };
  return createService({
    name,
    environment: realWorld().environment,
    plugins: { ...plugins(etcd), server: rpcServer({ address, ...times }) },
  })
    .handle("App.Which", (): Reply => ({ app }))
    .start();
}

/** Calls `shop` again and again from many callers, and keeps count. */
async function startCalling(etcd: EtcdServer) {
  const { environment } = realWorld();
  const caller = createService({ name: "caller", environment, plugins: plugins(etcd) });
  const { client } = await caller.start();
  const request = client.newRequest("shop", "App.Which", {});
  const served = new Map<string, number>();
  const failures: string[] = [];
  let running = true;
  const call = async (): Promise<void> => {
    while (running)
      try {
        const { app } = (await client.call(request)) as Reply;
        served.set(app, (served.get(app) ?? 0) + 1);
        await elapse(5);
      } catch (error) {
        failures.push(String(error));
      }
  };
  const work = Promise.all(Array.from({ length: callers }, call));
  return {
    served,
    failures,
    [Symbol.asyncDispose]: async () => {
      running = false;
      await work;
      await caller.stop();
    },
  };
}

/** The addresses under a service's keys, sorted. */
async function addressesOf(etcd: EtcdServer, service: string): Promise<string[]> {
  const values = await etcd.client().getAll().prefix(`/micro/registry/${service}/`).strings();
  return Object.values(values)
    .flatMap((text) => (JSON.parse(text) as { nodes: { address: string }[] }).nodes)
    .map(({ address }) => address)
    .sort();
}

// Side by side, each on an etcd of its own: most of their time is waiting.
test.concurrent.each([2_000, 20_000])(
  "etcd is killed and comes back after %i ms: no call fails, and every node is right within 5 s",
  async (outageMs) => {
    await using closers = new Closers();
    const etcd = await startEtcd();
    closers.defer(() => etcd.stop());
    const shops: PlainService[] = [];
    const startShop = async (app: string): Promise<void> => {
      const shop = await startServing(etcd, "shop", app);
      closers.defer(() => shop.stop());
      shops.push(shop);
    };
    for (const app of ["a", "b", "c"]) await startShop(app);
    const leaver = await startServing(etcd, "guest", "leaver", 2_000);
    closers.defer(() => leaver.stop().catch(() => undefined));
    const calling = closers.add(await startCalling(etcd));
    await eventually(() => expect([...calling.served.keys()].sort()).toEqual(["a", "b", "c"]));
    expect(await addressesOf(etcd, "guest")).toEqual([leaver.address]);

    await etcd.kill();
    const killedAt = performance.now();
    await leaver.stop().catch(() => undefined); // says that it cannot deregister
    await startShop("joiner");
    await elapse(outageMs - (performance.now() - killedAt));
    const [callsBefore, missing] = [calling.served.get("a")!, calling.served.has("joiner")];
    await etcd.restart();
    const backAt = performance.now();

    const expected = shops.map(({ address }) => address).sort();
    await eventually(
      async () => {
        expect(await addressesOf(etcd, "shop")).toEqual(expected);
        expect(await addressesOf(etcd, "guest")).toEqual([]);
        expect(calling.served.has("joiner")).toBe(true);
      },
      { withinMs: 5_000 },
    );
    const rightMs = performance.now() - backAt;
    expect(rightMs).toBeLessThan(5_000);
    expect(missing).toBe(false);
    expect(calling.served.get("a")).toBeGreaterThan(callsBefore);
    expect(calling.failures).toEqual([]);
    const calls = [...calling.served.values()].reduce((sum, count) => sum + count, 0);
    figure(
      `etcd away for ${outageMs / 1_000} s under ${callers} callers: ${calls} calls, none failed; every node right ${Math.round(rightMs)} ms after its return`,
    );
  },
);

test.concurrent(
  "when etcd has lost its data, nodes are put again, and are told as gone only if they are not",
  async () => {
    await using closers = new Closers();
    const lost = await startEtcd();
    closers.defer(() => lost.stop());
    const owner = closers.add(await openRegistry(lost));
    const watcher = closers.add(await openRegistry(lost));
    await owner.register("shop-1", 90_000);
    const gone = await openRegistry(lost);
    await gone.register("shop-2", 90_000);
    for (let n = 0; n < 20; n++) await owner.register("other-1", undefined, `127.0.0.1:${n + 1}`);
    const seen = await watcher.watch("shop");
    await lost.kill();
    void gone.registry.close();
    await lost.restart(0, { empty: true });
    const backAt = performance.now();
    await eventually(
      async () => {
        expect(await watcher.ids("shop")).toEqual(["shop-1"]);
        expect(await watcher.ids("other")).toEqual(["other-1"]);
      },
      { withinMs: 5_000 },
    );
    figure(
      `nodes put again ${Math.round(performance.now() - backAt)} ms after etcd came back empty`,
    );
    await eventually(() => expect(inShort(seen.events)).toEqual(["delete shop-2"]), {
      withinMs: 20_000,
    });
    await owner.register("shop-3");
    await eventually(() => expect(inShort(seen.events)).toContain("create shop-3"));
  },
);
