import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EtcdTls } from "../../../plugins/registry/etcd/index.js";
import { Closers } from "../support/closers.js";
import { eventually } from "../support/real-world.js";
import { startEtcd, type EtcdServer } from "./etcd-server.js";
import { inShort, openRegistry } from "./open-registry.js";

let etcd: EtcdServer;
beforeAll(async () => void (etcd = await startEtcd({ tls: true })));
afterAll(() => etcd.stop());

/** What a client of that etcd needs. */
function credentials() {
  const { ca, client } = etcd.certificates!;
  return { ca: ca.certificate, certificate: client.certificate, key: client.key };
}

test("a client's certificate lets it in, and a restart does not keep it out", async () => {
  await using closers = new Closers();
  const opened = closers.add(await openRegistry(etcd, { tls: credentials() }));
  await opened.register("shop-1", 90_000);
  const seen = await opened.watch("shop");
  await opened.register("shop-2", 90_000);
  await eventually(() => expect(inShort(seen.events)).toEqual(["create shop-2"]));
  await etcd.kill();
  await etcd.restart();
  await opened.register("shop-3", 90_000);
  await eventually(() => expect(inShort(seen.events)).toContain("create shop-3"));
  expect(await opened.ids("shop")).toEqual(["shop-1", "shop-2", "shop-3"]);
});

test("an address that the certificate does not hold goes with the name that it holds", async () => {
  await using closers = new Closers();
  const endpoints = etcd.endpoints.map((each) => each.replace("localhost", "127.0.0.1"));
  const open = (tls: EtcdTls) => openRegistry(etcd, { endpoints, tls });
  const wrong = closers.add(await open(credentials()));
  await expect(wrong.ids("shop")).rejects.toMatchObject({ code: 503 });
  const right = closers.add(await open({ ...credentials(), serverName: "localhost" }));
  expect(await right.ids("nobody")).toEqual([]);
});

test.each<[string, () => EtcdTls | undefined, RegExp]>([
  ["without a client's certificate", () => ({ ca: credentials().ca }), /./],
  [
    "with an authority that did not sign",
    () => ({ ...credentials(), ca: etcd.certificates!.client.certificate }),
    /certificate/,
  ],
  ["without TLS", () => undefined, /./],
])("%s it is unreachable, and the sentence says why", async (_, tls, why) => {
  await using closers = new Closers();
  const settings = tls();
  const opened = closers.add(await openRegistry(etcd, settings ? { tls: settings } : {}));
  await expect(opened.ids("shop")).rejects.toMatchObject({
    code: 503,
    reason: "registry.unreachable",
    message: expect.stringMatching(why),
  });
});
