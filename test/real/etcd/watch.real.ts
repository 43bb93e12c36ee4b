import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Closers } from "../support/closers.js";
import { eventually, figure } from "../support/real-world.js";
import { startEtcd, type EtcdServer } from "./etcd-server.js";
import { inShort, openRegistry } from "./open-registry.js";
import { openProxy } from "./proxy.js";

let etcd: EtcdServer;
let services = 0;
beforeAll(async () => void (etcd = await startEtcd()));
afterAll(() => etcd.stop());

/** A watch of a service with three nodes over a way that can be cut, and a peer on a way of its own. */
async function watching(closers: Closers) {
  const service = `watched${(services += 1)}`;
  const proxy = closers.add(await openProxy(etcd.endpoints[0]!));
  const peer = closers.add(await openRegistry(etcd));
  for (const n of [1, 2, 3]) await peer.register(`${service}-${n}`);
  const watcher = closers.add(await openRegistry(etcd, { endpoints: [proxy.address] }));
  const seen = await watcher.watch(service);
  return { service, proxy, peer, watcher, seen };
}

/** What is in the store now, forgotten but for the last state. */
async function compact(): Promise<void> {
  const client = etcd.client();
  const { header } = await client.kv.range({ key: Buffer.from("x") });
  await client.kv.compact({ revision: header.revision, physical: true });
}

describe("a watch that was away tells what it has missed, and nothing else", () => {
  test.each([
    ["from etcd's history", async () => undefined],
    ["from a new listing when that is compacted", compact],
  ])("%s", async (_, meanwhile) => {
    await using closers = new Closers();
    const { service, proxy, peer, seen } = await watching(closers);
    proxy.cut();
    await peer.deregister(`${service}-1`);
    await peer.register(`${service}-2`, undefined, "127.0.0.1:9999");
    await peer.register(`${service}-4`);
    await meanwhile();
    const mendedAt = performance.now();
    proxy.mend();
    await eventually(() => expect(seen.events).toHaveLength(3));
    figure(`watch back ${Math.round(performance.now() - mendedAt)} ms after the network (${_})`);
    expect(inShort(seen.events).sort()).toEqual([
      `create ${service}-4`,
      `delete ${service}-1`,
      `update ${service}-2`,
    ]);
    await peer.register(`${service}-5`);
    await eventually(() => expect(seen.events).toHaveLength(4));
    expect(inShort(seen.events).at(-1)).toBe(`create ${service}-5`);
    expect(seen.end).toBe("none");
  });

  test("even if it is more than etcd tells at once", async () => {
    await using closers = new Closers();
    const { service, proxy, peer, seen } = await watching(closers);
    proxy.cut();
    for (let n = 1; n <= 1_200; n++)
      await peer.register(`${service}-2`, undefined, `127.0.0.1:${n}`);
    await peer.deregister(`${service}-1`);
    proxy.mend();
    await eventually(() => expect(inShort(seen.events).at(-1)).toBe(`delete ${service}-1`));
    expect(seen.events.at(-2)?.service.nodes[0]?.address).toBe("127.0.0.1:1200");
  });

  test("and nothing at all when nothing has happened", async () => {
    await using closers = new Closers();
    const { service, proxy, peer, seen } = await watching(closers);
    proxy.cut();
    await compact();
    proxy.mend();
    await peer.register(`${service}-4`);
    await eventually(() => expect(inShort(seen.events)).toEqual([`create ${service}-4`]));
  });

  test("across a death of etcd", async () => {
    await using closers = new Closers();
    const { service, peer, seen } = await watching(closers);
    await etcd.kill();
    await etcd.restart();
    await peer.register(`${service}-4`);
    await eventually(() => expect(inShort(seen.events)).toEqual([`create ${service}-4`]));
  });
});

test("a connection that has died in silence is noticed by the next request", async () => {
  await using closers = new Closers();
  const { service, proxy, peer, watcher, seen } = await watching(closers);
  proxy.silence();
  const startedAt = performance.now();
  await expect(watcher.ids(service)).rejects.toMatchObject({
    code: 503,
    reason: "registry.unreachable",
    retry: "safe",
  });
  expect(performance.now() - startedAt).toBeLessThan(3_500);
  await peer.register(`${service}-4`);
  proxy.mend();
  await eventually(() => expect(inShort(seen.events)).toEqual([`create ${service}-4`]));
  expect(await watcher.ids(service)).toHaveLength(4);
});

test("what is no node is left alone and not told", async () => {
  await using closers = new Closers();
  const { service, peer, watcher, seen } = await watching(closers);
  const client = etcd.client();
  const key = (name: string): string => `/micro/registry/${service}/${name}`;
  for (const value of ["", "no json", "null", "[]", `{"name":1}`, `{"name":"${service}"}`])
    await client.put(key("stranger")).value(value);
  await client.put(key("bytes")).value(Buffer.of(0xff, 0xfe, 0));
  await client.put(`/micro/registry/${service}`).value("above the nodes");
  await client.put(key(`${service}-2`)).value("{");
  await peer.register(`${service}-4`);
  await eventually(() => expect(seen.events).toHaveLength(2));
  expect(inShort(seen.events)).toEqual([`delete ${service}-2`, `create ${service}-4`]);
  expect(await watcher.ids(service)).toEqual([1, 3, 4].map((n) => `${service}-${n}`));
  expect(await watcher.registry.listServices()).toContain(service);
  expect(watcher.log.filter(({ level }) => level !== "debug")).toEqual([]);
});
