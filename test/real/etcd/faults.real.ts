import { expect, test } from "@jest/globals";
import type { Seen } from "../../contracts/registry/samples.js";
import { Closers } from "../support/closers.js";
import { eventually, figure } from "../support/real-world.js";
import { startEtcd, type EtcdServer } from "./etcd-server.js";
import { elapse, openRegistry, type OpenRegistry } from "./open-registry.js";
import { openProxy, type Proxy } from "./proxy.js";

const forMs = 8_000;
const services = ["a", "b", "c"];
const user = { username: "registry", password: "secret" };

/** A registry on ways that break, what it wants, and what it has seen of everybody's. */
interface Party {
  readonly ways: readonly Proxy[];
  readonly opened: OpenRegistry;
  readonly seen: readonly Seen[];
  /** Address by node; undefined for one that is to be gone. */
  readonly wants: Map<string, string | undefined>;
}

const below = (limit: number): number => Math.floor(Math.random() * limit);
const oneOf = <T>(items: readonly T[]): T => items[below(items.length)]!;

async function startParty(etcd: EtcdServer, closers: Closers): Promise<Party> {
  const ways = await Promise.all(etcd.endpoints.map((endpoint) => openProxy(endpoint)));
  for (const way of ways) closers.add(way);
  const endpoints = ways.map(({ address }) => address);
  // No comparisons: what is right in the end was right without them.
  const options = { endpoints, ...user, requestTimeoutMs: 1_500, resyncMs: 3_600_000 };
  const opened = closers.add(await openRegistry(etcd, options));
  const seen = await Promise.all(services.map((service) => opened.watch(service)));
  return { ways, opened, seen, wants: new Map() };
}

const act = ({ opened }: Party, id: string, address: string | undefined): Promise<void> =>
  address === undefined ? opened.deregister(id) : opened.register(id, 90_000, address);

/** What a watch has made its reader believe. */
function viewOf({ seen }: Party): string[] {
  const view = new Map<string, string>();
  for (const { action, service } of seen.flatMap(({ events }) => events))
    for (const { id, address } of service.nodes)
      if (action === "delete") view.delete(id);
      else view.set(id, address);
  return [...view].map((node) => node.join(" ")).sort();
}

test("after random faults everything is as everybody wants it, and everybody knows", async () => {
  await using closers = new Closers();
  const etcd = await startEtcd({ members: 3, auth: { ...user, prefix: "/micro/registry/" } });
  closers.defer(() => etcd.stop());
  const parties: Party[] = [];
  for (let n = 0; n < 5; n++) parties.push(await startParty(etcd, closers));
  const end = performance.now() + forMs;
  const [counts, root] = [{ done: 0, failed: 0, faults: 0 }, etcd.client()];

  const working = parties.map(async (party, n) => {
    while (performance.now() < end) {
      const id = `${oneOf(services)}-p${n}n${below(6)}`;
      const address = below(3) === 0 ? undefined : `127.0.0.1:${1_000 + below(5)}`;
      party.wants.set(id, address);
      await act(party, id, address).then(
        () => (counts.done += 1),
        () => (counts.failed += 1),
      );
      await elapse(below(50));
    }
  });
  const faults: readonly (() => unknown)[] = [
    () => oneOf(oneOf(parties).ways).cut(),
    () => oneOf(oneOf(parties).ways).silence(),
    () => oneOf(parties).ways.forEach((way) => way.cut()),
    () => oneOf(parties).ways.forEach((way) => way.mend()),
    () => oneOf(parties).ways.forEach((way) => way.mend()),
    async () => {
      const member = below(3);
      await etcd.kill(member);
      await elapse(below(1_000));
      await etcd.restart(member);
    },
    async () => {
      const { header } = await root.kv.range({ key: Buffer.from("x") });
      await root.kv.compact({ revision: header.revision });
    },
    async () => {
      const { leases } = await root.leaseClient.leaseLeases();
      if (leases.length > 0) await root.leaseClient.leaseRevoke({ ID: oneOf(leases).ID });
    },
  ];
  while (performance.now() < end) {
    await Promise.resolve(oneOf(faults)()).catch(() => undefined); // etcd is away, as it happens
    counts.faults += 1;
    await elapse(below(300));
  }
  await Promise.all(working);

  for (const { ways } of parties) for (const way of ways) way.mend();
  const mendedAt = performance.now();
  const expected: string[] = [];
  for (const party of parties)
    for (const [id, address] of party.wants) {
      await eventually(() => act(party, id, address));
      if (address !== undefined) expected.push(`${id} ${address}`);
    }
  expected.sort();
  await eventually(() => {
    for (const party of parties) expect(viewOf(party)).toEqual(expected);
  });
  const ids = expected.map((node) => node.split(" ")[0]!);
  for (const service of services)
    expect(await parties[0]!.opened.ids(service)).toEqual(
      ids.filter((id) => id.startsWith(`${service}-`)),
    );
  expect(parties.flatMap(({ seen }) => seen.map((each) => each.end))).not.toContain("failed");
  figure(
    `${counts.faults} random faults in ${forMs / 1_000} s, ${counts.failed} of ${counts.done + counts.failed} registrations refused: ` +
      `all of ${expected.length} nodes right and known ${Math.round(performance.now() - mendedAt)} ms after the last fault`,
  );
});
