import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Timers } from "../../../src/spi.js";
import { Closers } from "../support/closers.js";
import { eventually, figure, realWorld } from "../support/real-world.js";
import { startEtcd, type EtcdServer } from "./etcd-server.js";
import { inShort, openRegistry } from "./open-registry.js";
import { openProxy } from "./proxy.js";

let etcd: EtcdServer;
beforeAll(async () => void (etcd = await startEtcd()));
afterAll(() => etcd.stop());

/** A world whose timers can be stopped for good: what a process that died does not do any more. */
function mortalWorld() {
  const { environment, log } = realWorld();
  let dead = false;
  const timers: Timers = {
    ...environment.timers,
    after: (ms, callback, options) =>
      environment.timers.after(ms, () => dead || callback(), options),
  };
  return { world: { environment: { ...environment, timers }, log }, die: () => (dead = true) };
}

/** The key of a node as etcd has it. */
async function keyOf(service: string, id: string) {
  const key = Buffer.from(`/micro/registry/${service}/${id}`);
  const { kvs } = await etcd.client().kv.range({ key });
  return kvs[0];
}

test("a node of a process that died vanishes with its lease, and no other does", async () => {
  await using closers = new Closers();
  const { world, die } = mortalWorld();
  const dying = closers.add(await openRegistry(etcd, {}, world));
  const living = closers.add(await openRegistry(etcd));
  await dying.register("crash-1", 2_000);
  await living.register("crash-2", 30_000);
  const seen = await living.watch("crash");
  die();
  await eventually(() => expect(inShort(seen.events)).toEqual(["delete crash-1"]));
  expect(await living.ids("crash")).toEqual(["crash-2"]);
});

test("a node whose lease somebody revokes is put again", async () => {
  await using closers = new Closers();
  const { register, watch } = closers.add(await openRegistry(etcd));
  await register("revoked-1", 9_000);
  const seen = await watch("revoked");
  const lease = (await keyOf("revoked", "revoked-1"))!.lease;
  const startedAt = performance.now();
  await etcd.client().leaseClient.leaseRevoke({ ID: lease });
  await eventually(
    () => expect(inShort(seen.events)).toEqual(["delete revoked-1", "create revoked-1"]),
    { withinMs: 5_000 },
  );
  figure(`node put again ${Math.round(performance.now() - startedAt)} ms after its lease was lost`);
  expect((await keyOf("revoked", "revoked-1"))!.lease).not.toBe(lease);
});

test("a node that somebody removes is put again by the next comparison", async () => {
  await using closers = new Closers();
  const { register, ids } = closers.add(await openRegistry(etcd, { resyncMs: 300 }));
  await register("removed-1", 90_000);
  await register("removed-2");
  await etcd.client().delete().prefix("/micro/registry/removed/");
  await eventually(async () => expect(await ids("removed")).toEqual(["removed-1", "removed-2"]));
});

/** What a put that was given up does when it takes effect all the same: other words, the node's own lease. */
async function putLate(service: string, id: string): Promise<void> {
  const { key, lease, value } = (await keyOf(service, id))!;
  const other = value.toString().replace("127.0.0.1:1000", "127.0.0.1:1009");
  await etcd.client().kv.put({ key, value: Buffer.from(other), lease });
}
const addressIn = async (service: string, id: string): Promise<string | undefined> =>
  /127\.0\.0\.1:\d+/.exec(String((await keyOf(service, id))?.value))?.[0];

test("a put that was given up and took effect late is overruled by registering again", async () => {
  await using closers = new Closers();
  const { register } = closers.add(await openRegistry(etcd));
  await register("late-1", 90_000, "127.0.0.1:1000");
  await putLate("late", "late-1");
  expect(await addressIn("late", "late-1")).toBe("127.0.0.1:1009");
  await register("late-1", 90_000, "127.0.0.1:1000");
  expect(await addressIn("late", "late-1")).toBe("127.0.0.1:1000");
});

test("a put that was given up and took effect late is overruled by the next comparison", async () => {
  await using closers = new Closers();
  const { register } = closers.add(await openRegistry(etcd, { resyncMs: 300 }));
  await register("later-1", 90_000, "127.0.0.1:1000");
  await putLate("later", "later-1");
  await eventually(async () => expect(await addressIn("later", "later-1")).toBe("127.0.0.1:1000"));
});

test("registering again changes nothing in etcd unless something has changed", async () => {
  await using closers = new Closers();
  const { register } = closers.add(await openRegistry(etcd));
  await register("same-1", 90_000);
  const first = await keyOf("same", "same-1");
  await register("same-1", 90_000);
  expect(await keyOf("same", "same-1")).toEqual(first);
  await register("same-1", 90_000, "127.0.0.1:9999");
  const second = (await keyOf("same", "same-1"))!;
  expect(second.mod_revision).not.toBe(first!.mod_revision);
  expect(second.lease).toBe(first!.lease);
  await register("same-1", 60_000, "127.0.0.1:9999");
  expect((await keyOf("same", "same-1"))!.lease).not.toBe(first!.lease);
  await register("same-1", undefined, "127.0.0.1:9999");
  expect((await keyOf("same", "same-1"))!.lease).toBe("0");
  await etcd.client().delete().all();
  await register("same-1", undefined, "127.0.0.1:9999");
  expect(await keyOf("same", "same-1")).toBeDefined();
});

test("what happens while etcd is away is made up for: leaving, changing, expiring", async () => {
  await using closers = new Closers();
  const proxy = closers.add(await openProxy(etcd.endpoints[0]!));
  const away = closers.add(await openRegistry(etcd, { endpoints: [proxy.address] }));
  const { ids, registry } = closers.add(await openRegistry(etcd));
  for (const id of ["away-1", "away-2", "away-3"]) await away.register(id, 90_000);
  await away.register("away-4");
  await away.register("away-5", 1_500);
  proxy.cut();
  const unreachable = { code: 503, reason: "registry.unreachable" };
  await expect(away.deregister("away-1")).rejects.toMatchObject(unreachable);
  await expect(away.register("away-2", 90_000, "127.0.0.1:9999")).rejects.toMatchObject(
    unreachable,
  );
  await expect(away.deregister("away-4")).rejects.toMatchObject(unreachable);
  await expect(away.register("away-6", 90_000)).rejects.toMatchObject(unreachable);
  proxy.mend();
  await eventually(async () => expect(await ids("away")).toEqual(["away-2", "away-3"]), {
    withinMs: 5_000,
  });
  const nodes = (await registry.getService("away")).flatMap((record) => record.nodes);
  expect(nodes.map(({ address }) => address).sort()).toEqual(["127.0.0.1:8080", "127.0.0.1:9999"]);
});

test("many at once for one node end as the last one wants", async () => {
  await using closers = new Closers();
  const { register, deregister, ids, registry } = closers.add(await openRegistry(etcd));
  const work = [];
  for (let port = 1; port <= 20; port++) {
    work.push(register("busy-1", 90_000, `127.0.0.1:${port}`), deregister("busy-1"));
    work.push(register("busy-2", port % 2 ? 90_000 : undefined, `127.0.0.1:${port}`));
  }
  await Promise.all(work);
  expect(await ids("busy")).toEqual(["busy-2"]);
  const [found] = await registry.getService("busy");
  expect(found?.nodes[0]?.address).toBe("127.0.0.1:20");
});
