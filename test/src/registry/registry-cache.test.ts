import { afterEach, describe, expect, test } from "@jest/globals";
import { NotImplemented } from "../../../src/base/errors.js";
import { OptionError } from "../../../src/base/options.js";
import { RegistryCache, type RegistryCacheOptions } from "../../../src/registry/registry-cache.js";
import type { ServiceRecord } from "../../../src/registry/registry.js";
import { virtualWorld } from "../../support/virtual-environment.js";
import { greeter, idsOf, ScriptedRegistry } from "./scripted-registry.js";

const open: RegistryCache[] = [];
afterEach(async () => {
  for (const cache of open.splice(0)) await cache.close();
});

function setUp(options?: RegistryCacheOptions) {
  const world = virtualWorld();
  const registry = new ScriptedRegistry();
  registry.records = [greeter(["a"])];
  const cache = new RegistryCache(registry, world.environment(), options);
  open.push(cache);
  const ids = async (name = "greeter"): Promise<string[]> => idsOf(await cache.lookup(name));
  return { world, registry, cache, ids, clock: world.clock };
}

/** Answers lookups when told to. */
function gate(registry: ScriptedRegistry) {
  const waiting: ((records: readonly ServiceRecord[]) => void)[] = [];
  registry.answer = () => new Promise((resolve) => void waiting.push(resolve));
  return (records: readonly ServiceRecord[]): void => waiting.shift()?.(records);
}

describe("asking", () => {
  test("the first lookup is a promise, later ones are not", async () => {
    const { cache, ids } = setUp();
    expect(cache.peek("greeter")).toBeUndefined();
    expect(cache.lookup("greeter")).toBeInstanceOf(Promise);
    expect(await ids()).toEqual(["a"]);
    expect(cache.lookup("greeter")).not.toBeInstanceOf(Promise);
    expect(cache.peek("greeter")).toBe(cache.lookup("greeter"));
  });

  test("lookups at the same time share one question", async () => {
    const { registry, ids, clock } = setUp();
    registry.watchFailure = new NotImplemented("no watch");
    const answer = gate(registry);
    const both = Promise.all([ids(), ids(), ids()]);
    await clock.settle();
    expect(registry.lookups).toEqual(["greeter"]);
    answer([greeter(["a"])]);
    expect(await both).toEqual([["a"], ["a"], ["a"]]);
  });

  test("a lookup does not wait for the watch", async () => {
    const { registry, ids } = setUp();
    registry.watch = () => new Promise(() => undefined);
    expect(await ids()).toEqual(["a"]);
  });

  test("records of another name in the answer are left out", async () => {
    const { registry, ids } = setUp();
    registry.answer = async () => [greeter(["a"]), { ...greeter(["b"]), name: "other" }];
    expect(await ids()).toEqual(["a"]);
  });

  test("after the TTL it asks again, and from three quarters on in the background", async () => {
    const { registry, cache, ids, clock } = setUp();
    registry.watchFailure = new NotImplemented("no watch");
    await ids();
    await clock.advance(44_000);
    await ids();
    expect(registry.lookups.length).toBe(1);
    await clock.advance(2_000);
    registry.records = [greeter(["b"])];
    expect(cache.lookup("greeter")).not.toBeInstanceOf(Promise);
    await clock.settle();
    expect(registry.lookups.length).toBe(2);
    expect(await ids()).toEqual(["b"]);
    await clock.advance(61_000);
    expect(cache.lookup("greeter")).toBeInstanceOf(Promise);
  });

  test("a name without nodes is asked for again after a second", async () => {
    const { registry, cache, ids, clock } = setUp();
    registry.records = [];
    registry.watchFailure = new NotImplemented("no watch");
    expect(await ids()).toEqual([]);
    expect(cache.lookup("greeter")).toEqual([]);
    await clock.advance(999);
    expect(cache.lookup("greeter")).toEqual([]);
    await clock.advance(1);
    registry.records = [greeter(["a"])];
    expect(await ids()).toEqual(["a"]);
  });

  test("names beyond the limit push out the one unused for longest", async () => {
    const { registry, ids, clock } = setUp({ maxServices: 2 });
    for (const name of ["one", "two", "one", "three"]) {
      await ids(name);
      await clock.advance(1);
    }
    await clock.settle();
    const asked = registry.lookups.length;
    await ids("one");
    expect(registry.lookups.slice(asked)).toEqual([]);
    await ids("two");
    expect(registry.lookups.slice(asked)[0]).toBe("two");
    await clock.settle();
    expect(registry.watchers.map(({ closed }) => closed)).toContain(true);
  });

  test("options that make no sense are refused", () => {
    expect(() => setUp({ ttlMs: 0 })).toThrow(OptionError);
    expect(() => setUp({ maxServices: 0 })).toThrow("registryCache.maxServices");
  });
});

describe("when the registry fails", () => {
  test("nothing known: the error, at once for a second, then another try", async () => {
    const { registry, cache, ids, clock } = setUp();
    registry.watchFailure = new NotImplemented("no watch");
    registry.fail();
    await expect(ids()).rejects.toMatchObject({ code: 503, reason: "registry.unreachable" });
    expect(() => cache.lookup("greeter")).toThrow("down");
    expect(registry.lookups.length).toBe(1);
    await clock.advance(1_000);
    await expect(ids()).rejects.toThrow("down");
    expect(registry.lookups.length).toBe(2);
  });

  test("nodes known: they are served, and the registry is tried every five seconds", async () => {
    const { registry, cache, ids, clock } = setUp();
    registry.watchFailure = new NotImplemented("no watch");
    const known = await cache.lookup("greeter");
    registry.fail();
    await clock.advance(60_000);
    expect(await cache.lookup("greeter")).toBe(known);
    const before = registry.lookups.length;
    for (let ms = 0; ms < 4_900; ms += 100) {
      expect(cache.lookup("greeter")).toBe(known);
      await clock.advance(100);
    }
    expect(registry.lookups.length).toBe(before);
    await clock.advance(100);
    expect(cache.lookup("greeter")).toBe(known);
    expect(registry.lookups.length).toBe(before + 1);
    registry.answer = async () => [greeter(["b"])];
    await clock.advance(5_000);
    await ids();
    await clock.settle();
    expect(await ids()).toEqual(["b"]);
  });

  test("errors of others become Unavailable with the cause kept", async () => {
    const { registry, ids } = setUp();
    const cause = new Error("ECONNREFUSED");
    registry.answer = async () => {
      throw cause;
    };
    await expect(ids()).rejects.toMatchObject({
      code: 503,
      reason: "registry.unreachable",
      message: "registry scripted: ECONNREFUSED",
      cause,
    });
  });

  test("one that never answers is given two seconds", async () => {
    const { registry, ids, clock } = setUp();
    registry.answer = () => new Promise(() => undefined);
    const refused = expect(ids()).rejects.toThrow("registry scripted: no answer in 2000 ms");
    await clock.advance(2_000);
    await refused;
  });

  test("the question that took too long is aborted", async () => {
    const { registry, ids, clock } = setUp();
    let seen: AbortSignal | undefined;
    registry.answer = (_, signal) => ((seen ??= signal), new Promise(() => undefined));
    const refused = expect(ids()).rejects.toThrow();
    await clock.advance(2_000);
    await refused;
    expect(seen?.aborted).toBe(true);
  });
});

describe("the watch", () => {
  test("a node that comes, changes or goes is known without asking", async () => {
    const { registry, cache, ids, clock } = setUp();
    await ids();
    await clock.settle();
    const asked = registry.lookups.length;
    const [watcher] = registry.watchers;
    watcher!.tell("create", greeter(["b"], "2.0.0"));
    await clock.settle();
    expect(await ids()).toEqual(["a", "b"]);
    const moved = { id: "b", address: "10.0.0.1:1", metadata: { x: "1" } };
    watcher!.tell("update", { ...greeter([], "2.0.0"), nodes: [moved] });
    await clock.settle();
    expect(cache.peek("greeter")?.[1]?.nodes).toEqual([moved]);
    watcher!.tell("delete", greeter(["a"]));
    await clock.settle();
    expect(await ids()).toEqual(["b"]);
    expect(registry.lookups.length).toBe(asked);
  });

  test("the array stays the same until a node changes", async () => {
    const { registry, cache, ids, clock } = setUp();
    await ids();
    await clock.settle();
    const known = cache.lookup("greeter");
    registry.watchers[0]!.tell("update", greeter(["a"]));
    registry.watchers[0]!.tell("delete", greeter(["z"]));
    await clock.settle();
    await clock.advance(50_000);
    void cache.lookup("greeter");
    await clock.settle();
    expect(cache.lookup("greeter")).toBe(known);
    registry.watchers[0]!.tell("create", greeter(["b"]));
    await clock.settle();
    expect(cache.lookup("greeter")).not.toBe(known);
  });

  test("a node that comes ends the belief that there is none", async () => {
    const { registry, ids, clock } = setUp();
    registry.records = [];
    expect(await ids()).toEqual([]);
    await clock.settle();
    registry.watchers[0]!.tell("create", greeter(["b"]));
    await clock.settle();
    expect(await ids()).toEqual(["b"]);
  });

  test("what is told while a question is under way outlives its answer", async () => {
    const { registry, cache, ids, clock } = setUp();
    const answer = gate(registry);
    const first = ids();
    await clock.settle();
    registry.watchers[0]!.tell("create", greeter(["b"]));
    registry.watchers[0]!.tell("delete", greeter(["c"]));
    await clock.settle();
    answer([greeter(["a", "c"])]);
    expect(await first).toEqual(["a", "b"]);
    await clock.settle();
    answer([greeter(["a", "b"])]);
    await clock.settle();
    expect(idsOf(cache.peek("greeter") ?? [])).toEqual(["a", "b"]);
  });

  test("once it stands, the nodes are listed again, for what came in between", async () => {
    const { registry, ids, clock } = setUp();
    let stand = (): void => undefined;
    const watch = registry.watch.bind(registry);
    registry.watch = async () => {
      await new Promise<void>((resolve) => (stand = resolve));
      return watch();
    };
    expect(await ids()).toEqual(["a"]);
    registry.records = [greeter(["a", "b"])];
    expect(await ids()).toEqual(["a"]);
    stand();
    await clock.settle();
    expect(await ids()).toEqual(["a", "b"]);
  });

  test("after a loss it is made again, later each time, and the nodes are listed", async () => {
    const { registry, ids, clock } = setUp();
    await ids();
    await clock.settle();
    registry.watchFailure = new Error("still down");
    registry.watchers[0]!.lose(new Error("gone"));
    await clock.advance(10_000);
    const tries = registry.watchers.length;
    // 200 ms doubling, each between half and whole: 6 or 7 tries in 10 seconds.
    expect(tries).toBeGreaterThanOrEqual(6);
    expect(tries).toBeLessThanOrEqual(8);
    await clock.advance(300_000);
    const slow = registry.watchers.length - tries;
    expect(slow).toBeLessThanOrEqual(25);
    registry.watchFailure = undefined;
    registry.records = [greeter(["b"])];
    await clock.advance(30_000);
    expect(registry.watchers.length).toBe(tries + slow + 1);
    expect(await ids()).toEqual(["b"]);
  });

  test("an iteration that ends by itself is a loss", async () => {
    const { registry, ids, clock } = setUp();
    await ids();
    await clock.settle();
    await registry.watchers[0]!.close();
    await clock.advance(1_000);
    expect(registry.watchers.length).toBe(2);
  });

  test("a registry without a watch is not asked for one again", async () => {
    const { registry, ids, clock } = setUp();
    registry.watchFailure = new NotImplemented("no watch");
    await ids();
    await clock.advance(60_000);
    expect(registry.watchers.length).toBe(1);
  });
});

describe("close", () => {
  test("ends watches, questions and timers, and refuses lookups", async () => {
    const { registry, cache, ids, clock } = setUp();
    await ids();
    await clock.settle();
    registry.answer = () => new Promise(() => undefined);
    const refused = expect(cache.lookup("other")).rejects.toMatchObject({
      reason: "registry.closed",
    });
    await cache.close();
    await refused;
    await cache.close();
    expect(registry.watchers.every(({ closed }) => closed)).toBe(true);
    await clock.settle();
    expect(clock.waiting).toBe(0);
    expect(() => cache.lookup("greeter")).toThrow("closed");
  });
});
