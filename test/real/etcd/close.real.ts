import { describe, expect, test } from "@jest/globals";
import { Closers } from "../support/closers.js";
import { startEtcd } from "./etcd-server.js";
import { openRegistry } from "./open-registry.js";

/** An etcd and a registry that uses all of it. */
async function inUse(closers: Closers) {
  const etcd = await startEtcd();
  closers.defer(() => etcd.stop());
  const opened = closers.add(await openRegistry(etcd, { requestTimeoutMs: 1_700 }));
  await opened.register("shop-1", 90_000);
  await opened.register("shop-2");
  const seen = await opened.watch("shop");
  return { etcd, opened, seen };
}

const took = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

describe("close takes less than 2 s and ends what is under way", () => {
  test("with etcd at work", async () => {
    await using closers = new Closers();
    const { etcd, opened, seen } = await inUse(closers);
    expect(await took(() => opened.registry.close())).toBeLessThan(1_000);
    expect(seen.end).toBe("closed");
    expect(await etcd.client().getAll().keys()).toEqual([]);
    expect((await etcd.client().leaseClient.leaseLeases()).leases).toEqual([]);
  });

  test("with etcd dead", async () => {
    await using closers = new Closers();
    const { etcd, opened, seen } = await inUse(closers);
    await etcd.kill();
    expect(await took(() => opened.registry.close())).toBeLessThan(2_000);
    expect(seen.end).toBe("closed");
    expect(opened.log.at(-1)).toMatchObject({ level: "warn" });
  });

  test("with an etcd that does not answer", async () => {
    await using closers = new Closers();
    const { etcd, opened, seen } = await inUse(closers);
    etcd.freeze();
    const reading = expect(opened.ids("shop")).rejects.toMatchObject({ code: 503 });
    expect(await took(() => opened.registry.close())).toBeLessThan(2_000);
    await reading;
    expect(seen.end).toBe("closed");
    etcd.thaw();
  });
});

describe("an etcd that is away is said to be so in time", () => {
  test.each(["dead", "frozen"])("%s", async (how) => {
    await using closers = new Closers();
    const { etcd, opened } = await inUse(closers);
    if (how === "dead") await etcd.kill();
    else etcd.freeze();
    const methods = [
      () => opened.registry.getService("shop"),
      () => opened.registry.listServices(),
      () => opened.registry.watch({ service: "shop" }),
      () => opened.register("shop-3", 90_000),
      () => opened.deregister("shop-1"),
    ];
    const ms = await took(() =>
      Promise.all(
        methods.map((method) =>
          expect(method()).rejects.toMatchObject({ code: 503, reason: "registry.unreachable" }),
        ),
      ),
    );
    expect(ms).toBeLessThan(how === "dead" ? 1_000 : 2_000);
    if (how === "frozen") etcd.thaw();
  });

  test("a request that is given up ends at once", async () => {
    await using closers = new Closers();
    const { etcd, opened } = await inUse(closers);
    etcd.freeze();
    const abort = new AbortController();
    const { signal } = abort;
    const work = [
      opened.registry.getService("shop", { signal }),
      opened.registry.watch({ signal }),
    ].map((each) => expect(each).rejects.toMatchObject({ code: 499 }));
    abort.abort();
    expect(await took(() => Promise.all(work))).toBeLessThan(500);
    etcd.thaw();
    expect(await opened.ids("shop")).toEqual(["shop-1", "shop-2"]);
  });
});
