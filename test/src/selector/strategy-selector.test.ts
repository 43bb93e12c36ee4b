import { afterEach, expect, test } from "@jest/globals";
import { Timeout, Unavailable } from "../../../src/base/errors.js";
import { OptionError } from "../../../src/base/options.js";
import { RegistryCache } from "../../../src/registry/registry-cache.js";
import type { ServiceRecord } from "../../../src/registry/registry.js";
import type { Selection } from "../../../src/selector/selector.js";
import {
  strategySelector,
  type Strategy,
  type StrategySelectorOptions,
} from "../../../src/selector/strategy-selector.js";
import { virtualWorld } from "../../support/virtual-environment.js";
import { greeter, ScriptedRegistry } from "../registry/scripted-registry.js";

const open: RegistryCache[] = [];
afterEach(async () => {
  for (const cache of open.splice(0)) await cache.close();
});

function setUp(
  makeStrategy: () => Strategy = () => () => 0,
  options?: StrategySelectorOptions,
  records: readonly ServiceRecord[] = [greeter(["a", "b", "c"])],
) {
  const world = virtualWorld();
  const registry = new ScriptedRegistry();
  registry.records = records;
  const environment = world.environment();
  const cache = new RegistryCache(registry, environment);
  open.push(cache);
  const selector = strategySelector("test", makeStrategy, cache, environment, options);
  return { selector, registry, cache, clock: world.clock };
}

test("the strategy sees one array until the candidates change", async () => {
  const seen = new Set<readonly Selection[]>();
  const { selector, registry, clock } = setUp(() => (candidates) => (seen.add(candidates), 0), {}, [
    greeter(["a", "b", "c"]),
    { ...greeter(["d"]), version: "2.0.0" },
  ]);
  for (let call = 0; call < 5; call++) (await selector.select("greeter", { version: "1.0.0" }))();
  expect(seen.size).toBe(1);
  (await selector.select("greeter"))();
  expect(seen.size).toBe(2);
  await clock.settle();
  registry.watchers[0]!.tell("create", greeter(["e"]));
  await clock.settle();
  (await selector.select("greeter"))();
  expect(seen.size).toBe(3);
});

test("what leaves every node shares one array, and what a strategy keeps of it", async () => {
  const endpoints = ["Say.Hello", "Say.Bye"].map((name) => ({ name, metadata: {} }));
  const node = { id: "a", address: "h:1", metadata: { protocol: "mucp", zone: "x" } };
  const seen = new Set<readonly Selection[]>();
  const { selector } = setUp(() => (candidates) => (seen.add(candidates), 0), {}, [
    { ...greeter([]), endpoints, nodes: [node] },
  ]);
  const all = { version: "1.0.0", protocols: ["mucp"], labels: { zone: "x" } };
  for (const { name } of endpoints)
    for (const options of [{}, { endpoint: name }, { endpoint: name, ...all }])
      (await selector.select("greeter", options))();
  expect(seen.size).toBe(1);
});

test("the strategy sees the options of the call", async () => {
  const keys: unknown[] = [];
  const { selector } = setUp(
    () =>
      (_, { shardKey }) => (keys.push(shardKey), 0),
  );
  (await selector.select("greeter", { shardKey: "k" }))();
  expect(keys).toEqual(["k"]);
});

test("each service has a strategy of its own", async () => {
  let made = 0;
  const other = { ...greeter(["a"]), name: "other" };
  const { selector } = setUp(() => (made++, () => 0), {}, [greeter(["a"]), other]);
  for (const name of ["greeter", "other", "greeter"]) (await selector.select(name))();
  expect(made).toBe(2);
});

test("names without nodes leave nothing behind, and known ones are bounded", async () => {
  let made = 0;
  const names = ["one", "two", "three"];
  const { selector } = setUp(
    () => (made++, () => 0),
    { maxServices: 2 },
    names.map((name) => ({ ...greeter(["a"]), name })),
  );
  await expect(Promise.resolve(selector.select("none"))).rejects.toThrow("service none: not found");
  expect(made).toBe(0);
  for (const name of [...names, "three", "two"]) await selector.select(name);
  expect(made).toBe(3);
  await selector.select("one");
  expect(made).toBe(4);
});

test("a draw sees nodes that came after the selection", async () => {
  const { selector, registry, clock } = setUp(() => (candidates) => candidates.length - 1);
  const next = await selector.select("greeter");
  expect(next().node.id).toBe("c");
  await clock.settle();
  registry.watchers[0]!.tell("create", greeter(["d"]));
  await clock.settle();
  expect(next().node.id).toBe("d");
});

test("a draw keeps to the nodes of the selection when all have left", async () => {
  const { selector, registry, clock } = setUp();
  const next = await selector.select("greeter");
  await clock.settle();
  registry.watchers[0]!.tell("delete", greeter([]));
  await clock.settle();
  expect(next().node.id).toBe("a");
});

test("a further attempt is nobody's probe while a node is there that nothing is held against", async () => {
  // Likes the first best, as a strategy does that looks for the least busy.
  const { selector, clock } = setUp(() => () => 0, {}, [greeter(["a", "b", "c", "d", "e", "f"])]);
  const next = await selector.select("greeter");
  const lost = new Unavailable("refused", { reason: "transport.connect-failed", retry: "safe" });
  for (const id of ["a", "b"]) {
    const { node } = next();
    expect(node.id).toBe(id);
    selector.mark("greeter", node, { error: lost, latencyMs: 1 });
  }
  await clock.advance(1_000);
  const probe = next().node; // both are on trial
  expect(probe.id).toBe("a");
  selector.mark("greeter", probe, { error: lost, latencyMs: 1 });
  expect(next(new Set(["a"])).node.id).toBe("c");
  expect(next().node.id).toBe("b"); // the next call's first attempt
});

test("a further attempt takes a node on trial where there is no other", async () => {
  const { selector, clock } = setUp(() => () => 0, {}, [greeter(["a", "b"])]);
  const next = await selector.select("greeter");
  const lost = new Unavailable("refused", { reason: "transport.connect-failed", retry: "safe" });
  const { node } = next();
  selector.mark("greeter", node, { error: lost, latencyMs: 1 });
  await clock.advance(1_000);
  expect(next(new Set(["b"])).node.id).toBe("a");
});

test("not found tells what to look at", async () => {
  const { selector } = setUp(undefined, {}, []);
  await expect(Promise.resolve(selector.select("greeter"))).rejects.toMatchObject({
    code: 404,
    reason: "selector.not-found",
    retry: "safe",
    detail:
      "service greeter: not found; is it running, and does it use the same registry (scripted)?",
  });
  expect(() => selector.select("greeter")).toThrow("not found");
});

test.each([
  [
    { protocols: ["grpc"] },
    "protocols grpc",
    ". They speak mucp: choose the client of that protocol, or serve grpc as well (plugins.server takes a list)",
  ],
  [{ version: "2" }, "version 2"],
  [{ endpoint: "Say.Bye" }, "endpoint Say.Bye"],
  [{ labels: { zone: "a", tier: "1" } }, "labels zone=a, tier=1"],
  [{ filters: [() => []] }, "filters of the caller's own"],
  [{ version: "2", labels: { zone: "a" } }, "version 2"],
])("%j leaves nothing, and is named", async (options, filter, advice = "") => {
  const record = {
    ...greeter([]),
    endpoints: [{ name: "Say.Hello", metadata: {} }],
    nodes: [{ id: "a", address: "h:1", metadata: { protocol: "mucp" } }],
  };
  const { selector } = setUp(undefined, {}, [record]);
  const next = await selector.select("greeter", options);
  expect(() => next()).toThrow(
    expect.objectContaining({
      code: 503,
      reason: "selector.empty",
      retry: "safe",
      data: { service: "greeter", filter },
      detail: `service greeter: none of its 1 nodes passes the filter: ${filter}${advice}`,
    }),
  );
});

test("without ejection a failing node stays in the draw", async () => {
  const { selector } = setUp(undefined, { ejection: false });
  const next = await selector.select("greeter");
  const error = new Timeout("", { reason: "transport.timeout" });
  selector.mark("greeter", next().node, { error, latencyMs: 1 });
  expect(next().node.id).toBe("a");
});

test("a strategy that chooses what is not there is told so", async () => {
  const { selector } = setUp(() => () => 7);
  const next = await selector.select("greeter");
  expect(() => next()).toThrow(RangeError);
});

test("an abort ends the wait for the registry, with the deadline's own error if it is one", async () => {
  const { selector, registry } = setUp();
  registry.answer = () => new Promise(() => undefined);
  const limit = new AbortController();
  const waiting = selector.select("greeter", { signal: limit.signal });
  const late = new Timeout("too late");
  limit.abort(late);
  await expect(Promise.resolve(waiting)).rejects.toBe(late);
  const aborted = selector.select("greeter", { signal: AbortSignal.abort("bye") });
  await expect(Promise.resolve(aborted)).rejects.toMatchObject({ code: 499, cause: "bye" });
});

test("marks and resets of unknown services do nothing", () => {
  const { selector } = setUp();
  selector.mark("unknown", { id: "a", address: "h:1", metadata: {} }, { latencyMs: 1 });
  selector.reset("unknown");
});

test("after close it refuses", async () => {
  const { selector } = setUp();
  await selector.select("greeter");
  await selector.close();
  await selector.close();
  expect(() => selector.select("greeter")).toThrow("closed");
});

test("options that make no sense are refused", () => {
  expect(() => setUp(undefined, { maxServices: 0 })).toThrow(OptionError);
});
