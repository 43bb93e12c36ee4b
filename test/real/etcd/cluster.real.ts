import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Closers } from "../support/closers.js";
import { eventually, figure, realWorld } from "../support/real-world.js";
import { startEtcd, type EtcdServer } from "./etcd-server.js";
import { inShort, openRegistry, type OpenRegistry } from "./open-registry.js";

let etcd: EtcdServer;
beforeAll(async () => void (etcd = await startEtcd({ members: 3 })));
afterAll(() => etcd.stop());

/** A registry that knows every member and begins with that one. */
function openOn(member: number): Promise<OpenRegistry> {
  const { environment, log } = realWorld();
  let first = true;
  const random = {
    ...environment.random,
    next: () => (first ? ((first = false), member / 3) : environment.random.next()),
  };
  return openRegistry(etcd, {}, { environment: { ...environment, random }, log });
}

async function everywhere(closers: Closers, service: string) {
  const opened = [];
  for (const member of [0, 1, 2]) opened.push(closers.add(await openOn(member)));
  for (const [n, each] of opened.entries()) await each.register(`${service}-${n}`, 15_000);
  const seen = await Promise.all(opened.map((each) => each.watch(service)));
  return { opened, seen };
}

/** Each registers one more; all shall see it, and nobody leave. */
async function allWork(
  { opened, seen }: Awaited<ReturnType<typeof everywhere>>,
  service: string,
): Promise<void> {
  await eventually(async () => {
    for (const [n, each] of opened.entries()) {
      await each.register(`${service}-${n}x`, 90_000);
    }
  });
  const expected = [0, 1, 2].map((n) => `create ${service}-${n}x`);
  for (const each of seen)
    await eventually(() => expect(inShort(each.events).sort()).toEqual(expected));
}

test("the leader is killed: every registry goes on with those that are left", async () => {
  await using closers = new Closers();
  const all = await everywhere(closers, "led");
  const leader = await etcd.leader();
  const killedAt = performance.now();
  await etcd.kill(leader);
  closers.defer(() => etcd.restart(leader));
  await allWork(all, "led");
  const rightMs = performance.now() - killedAt;
  figure(
    `3 members, leader killed: all watches and registrations right after ${Math.round(rightMs)} ms`,
  );
  expect(rightMs).toBeLessThan(10_000);
});

test("a member that does not answer any more is left for another", async () => {
  await using closers = new Closers();
  const all = await everywhere(closers, "frozen");
  const leader = await etcd.leader();
  const follower = [0, 1, 2].find((member) => member !== leader)!;
  etcd.freeze(follower);
  closers.defer(async () => etcd.thaw(follower));
  const frozenAt = performance.now();
  await allWork(all, "frozen");
  figure(`3 members, one silent: all right after ${Math.round(performance.now() - frozenAt)} ms`);
});
