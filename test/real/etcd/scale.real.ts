import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { Closers } from "../support/closers.js";
import { eventually, figure } from "../support/real-world.js";
import { startEtcd } from "./etcd-server.js";
import { openRegistry, type OpenRegistry } from "./open-registry.js";

const processes = 10;
const services = Array.from({ length: 100 }, (_, index) => `service${index}`);
const nodes = 1_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function heapMiB(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed / 1_048_576;
}

test("1,000 nodes of 100 services are registered, watched and taken out", async () => {
  await using closers = new Closers();
  const etcd = await startEtcd();
  closers.defer(() => etcd.stop());
  const watcher = closers.add(await openRegistry(etcd));
  const before = await heapMiB();
  const seen = await Promise.all(services.map((service) => watcher.watch(service)));
  const told = (action: string): number =>
    seen.flatMap(({ events }) => events).filter((event) => event.action === action).length;

  const owners: OpenRegistry[] = [];
  for (let n = 0; n < processes; n++) owners.push(closers.add(await openRegistry(etcd)));
  /** Every process does it for its nodes, one after the other. */
  const everywhere = (act: (owner: OpenRegistry, id: string) => Promise<void>): Promise<unknown> =>
    Promise.all(
      owners.map(async (owner, first) => {
        for (let n = first; n < nodes; n += processes)
          await act(owner, `${services[n % 100]}-${n}`);
      }),
    );
  const startedAt = performance.now();
  await everywhere((owner, id) => owner.register(id, 90_000));
  const registeredMs = performance.now() - startedAt;
  await eventually(() => expect(told("create")).toBe(nodes), { withinMs: 30_000 });
  const convergedMs = performance.now() - startedAt;
  const heap = (await heapMiB()) - before;

  const listedAt = performance.now();
  expect(await watcher.registry.listServices()).toHaveLength(100);
  const listedMs = performance.now() - listedAt;
  expect((await watcher.ids("service7")).length).toBe(10);

  const leavingAt = performance.now();
  await everywhere((owner, id) => owner.deregister(id));
  await eventually(() => expect(told("delete")).toBe(nodes), { withinMs: 30_000 });
  const goneMs = performance.now() - leavingAt;
  expect(told("update")).toBe(0);
  figure(
    `1,000 nodes of 100 services from ${processes} registries: registered in ${Math.round(registeredMs)} ms, ` +
      `seen by 100 watches after ${Math.round(convergedMs)} ms, gone after ${Math.round(goneMs)} ms; ` +
      `all listed in ${Math.round(listedMs)} ms; ${heap.toFixed(1)} MiB of heap for all of it`,
  );
});
