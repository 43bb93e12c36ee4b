import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Closers } from "../support/closers.js";
import { eventually, figure } from "../support/real-world.js";
import { startEtcd, type EtcdServer } from "./etcd-server.js";
import { elapse, inShort, openRegistry, type OpenRegistry } from "./open-registry.js";

const user = { username: "registry", password: "secret" };
let etcd: EtcdServer;
beforeAll(async () => {
  const auth = { ...user, prefix: "/micro/registry/" };
  etcd = await startEtcd({ auth, args: ["--auth-token-ttl", "1"] });
});
afterAll(() => etcd.stop());

const open = (options: object = user): Promise<OpenRegistry> => openRegistry(etcd, options);

test("tokens are renewed when etcd has restarted and forgotten them; watches go on", async () => {
  await using closers = new Closers();
  const [one, two] = [closers.add(await open()), closers.add(await open())];
  await one.register("renewed-1", 3_000);
  const seen = await two.watch("renewed");
  for (const round of [2, 3]) {
    await etcd.kill();
    await etcd.restart();
    const backAt = performance.now();
    await one.register(`renewed-${round}`, 90_000);
    await one.register("renewed-1", 3_000);
    await eventually(() => expect(inShort(seen.events)).toContain(`create renewed-${round}`), {
      withinMs: 5_000,
    });
    figure(
      `with a user, watch back ${Math.round(performance.now() - backAt)} ms after etcd restarted`,
    );
  }
  expect(inShort(seen.events)).toEqual(["create renewed-2", "create renewed-3"]);
  expect(await two.ids("renewed")).toEqual(["renewed-1", "renewed-2", "renewed-3"]);
});

test("a token that has run out is renewed, for requests and for watches", async () => {
  await using closers = new Closers();
  const opened = closers.add(await open());
  expect(await opened.ids("idle")).toEqual([]);
  const first = await opened.watch("idle");
  await elapse(3_000); // the token lives for a second
  const second = await opened.watch("idle");
  await opened.register("idle-1");
  for (const seen of [first, second])
    await eventually(() => expect(inShort(seen.events)).toEqual(["create idle-1"]));
  await opened.deregister("idle-1");
});

test("a token from before a change of the users is renewed", async () => {
  await using closers = new Closers();
  const opened = closers.add(await open());
  await opened.register("changed-1", 90_000);
  await etcd.client().user(`another${Date.now()}`).create("password");
  await opened.register("changed-2", 90_000);
  expect(await opened.ids("changed")).toEqual(["changed-1", "changed-2"]);
});

test.each([
  ["a wrong password", { username: "registry", password: "wrong" }, 401, "registry.unauthorized"],
  ["an unknown user", { username: "nobody", password: "secret" }, 401, "registry.unauthorized"],
  ["no user", {}, 401, "registry.unauthorized"],
  ["keys of others", { ...user, prefix: "/elsewhere/" }, 403, "registry.forbidden"],
])("%s is refused with a sentence", async (_, options, code, reason) => {
  await using closers = new Closers();
  const opened = closers.add(await open(options));
  const methods = [
    () => opened.ids("shop"),
    () => opened.watch("shop"),
    () => opened.register("shop-1", 90_000),
    () => opened.deregister("shop-1"),
  ];
  for (const method of methods)
    await expect(method()).rejects.toMatchObject({
      code,
      reason,
      retry: "never",
      message: expect.stringMatching(/^registry etcd: 127\.0\.0\.1:\d+: etcdserver: /),
    });
});
