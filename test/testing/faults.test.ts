import { describe, expect, test } from "@jest/globals";
import {
  Client,
  Handler,
  Module,
  Publisher,
  rpcClient,
  Service,
  Subscribe,
  topic,
  type Event,
  type Interceptor,
} from "plugboard";
import { Test, type ClusterPlace, type Delay, type TestCluster } from "plugboard/testing";

const Ticked = topic<{ n: number }>("ticked");
class TickedPublisher extends Publisher(Ticked) {}

@Service({ name: "counter" })
class Counter {
  static readonly heard: number[] = [];
  runs = 0;

  @Handler({ idempotent: true })
  async count(): Promise<{ runs: number }> {
    return { runs: ++this.runs };
  }

  @Subscribe(Ticked, { group: "counter", concurrency: 16 })
  async tick({ data }: Event<{ n: number }>): Promise<void> {
    Counter.heard.push(data.n);
  }
}
class CounterClient extends Client<Counter>("counter") {}
@Module({ services: [Counter] })
class CounterModule {}

/** How a promise stands after a turn of the event loop. */
const stateOf = (promise: Promise<unknown>): Promise<string> =>
  Promise.race([
    promise.then(
      () => "resolved",
      () => "rejected",
    ),
    new Promise<string>((resolve) => setImmediate(() => resolve("pending"))),
  ]);

/** Virtual milliseconds until a promise settles, looked at once a millisecond. */
async function msOf(cluster: TestCluster, promise: Promise<unknown>): Promise<number> {
  const startedAt = cluster.clock.now();
  await cluster.clock.advance(0);
  while ((await stateOf(promise)) === "pending") await cluster.clock.advance(1);
  return cluster.clock.now() - startedAt;
}

/** A cluster with one counter that has been called before. */
async function counting(seed = 1): Promise<{
  readonly cluster: TestCluster;
  readonly counter: CounterClient;
  readonly node: string;
}> {
  const cluster = await Test.cluster({ seed });
  const [node] = await cluster.start(CounterModule);
  const counter = cluster.client(CounterClient);
  await counter.count();
  return { cluster, counter, node: node! };
}

describe("latency", () => {
  test.each<readonly [Delay, least: number, most: number]>([
    [20, 40, 41],
    [{ minMs: 10, maxMs: 30 }, 20, 61],
    [{ medianMs: 20, p99Ms: 100 }, 8, 500],
  ])("%j lies between %i and %i ms there and back", async (delay, least, most) => {
    const { cluster, counter } = await counting();
    await using _ = cluster;
    cluster.net.latency("counter", delay);
    const times = new Set<number>();
    for (let count = 0; count < 50; count++) {
      const ms = await msOf(cluster, counter.count());
      expect(ms).toBeGreaterThanOrEqual(least);
      expect(ms).toBeLessThanOrEqual(most);
      times.add(Math.round(ms));
    }
    expect(times.size > 5).toBe(typeof delay !== "number");
  });

  test("belongs to a node, or to the link between two", async () => {
    const { cluster, counter, node } = await counting();
    await using _ = cluster;
    const [other] = await cluster.start(CounterModule);
    cluster.net.latency([node, other!], 500);
    expect(await msOf(cluster, counter.count())).toBeLessThan(500);
    cluster.net.latency(["test", node], 40);
    cluster.net.latency(["test", other!], 40);
    expect(await msOf(cluster, counter.count())).toBe(80);
    cluster.net.latency("test", 10);
    expect(await msOf(cluster, counter.count())).toBe(100);
    cluster.net.calm();
    expect(await msOf(cluster, counter.count())).toBe(0);
  });

  test.each<readonly [Delay]>([
    [-1],
    [{ minMs: 5, maxMs: 4 }],
    [{ medianMs: 0, p99Ms: 1 }],
    [Number.NaN],
  ])("%j is refused", async (delay) => {
    await using cluster = await Test.cluster();
    expect(() => cluster.net.latency("test", delay)).toThrow("a delay is milliseconds from 0 up");
  });

  test("a chance is from 0 to 1, a link is between two nodes", async () => {
    const { cluster, node } = await counting();
    await using _ = cluster;
    expect(() => cluster.net.drop("test", 2)).toThrow("drop: a chance is from 0 to 1, got 2");
    expect(() => cluster.net.latency([node, "counter"], 1)).toThrow("are on one node");
  });
});

describe("partitions", () => {
  test("hold what is under way too, in its order", async () => {
    const { cluster, counter } = await counting();
    await using _ = cluster;
    cluster.net.latency("counter", 50);
    const calls = [counter.count(), counter.count(), counter.count()];
    await cluster.clock.advance(25);
    cluster.net.partition("test", "counter");
    await cluster.clock.advance(2_000);
    expect(await Promise.all(calls.map(stateOf))).toEqual(["pending", "pending", "pending"]);
    cluster.net.heal();
    await cluster.clock.advance(100);
    expect((await Promise.all(calls)).map(({ runs }) => runs)).toEqual([2, 3, 4]);
  });

  test("from everybody, with one name", async () => {
    const { cluster, counter } = await counting();
    await using _ = cluster;
    cluster.net.partition("counter");
    const call = counter.count(undefined, { timeoutMs: 100, retries: 0 });
    const failing = expect(call).rejects.toMatchObject({ reason: "client.timeout" });
    await cluster.clock.advance(101);
    await failing;
  });

  test("from the registry: known nodes are called on, and forgotten with their time", async () => {
    const { cluster, counter } = await counting();
    await using _ = cluster;
    cluster.net.partition("counter", "registry");
    expect(await counter.count()).toEqual({ runs: 2 });
    await cluster.clock.advance(150_000);
    await expect(counter.count()).rejects.toMatchObject({ reason: "selector.not-found" });
    cluster.net.heal();
    await cluster.clock.advance(60_000);
    expect(await counter.count()).toEqual({ runs: 3 });
  });

  test("from the registry: a first call ends by its deadline all the same", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(CounterModule);
    const counter = cluster.client(CounterClient);
    cluster.net.partition("test", "registry");
    const call = counter.count(undefined, { timeoutMs: 300 });
    const failing = expect(call).rejects.toMatchObject({ code: 408, reason: "client.timeout" });
    await cluster.clock.advance(301);
    expect(await stateOf(call)).toBe("rejected");
    await failing;
  });

  test("from the registry: a first call can be cancelled, and its wait counts", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(CounterModule);
    const counter = cluster.client(CounterClient);
    cluster.net.latency(["test", "registry"], 100);
    const stop = new AbortController();
    const cancelled = counter.count(undefined, { signal: stop.signal });
    const failing = expect(cancelled).rejects.toMatchObject({ reason: "client.canceled" });
    await cluster.clock.advance(10);
    stop.abort();
    await cluster.clock.advance(0);
    expect(await stateOf(cancelled)).toBe("rejected");
    await failing;
    await cluster.clock.advance(10_000); // what is known of nobody is asked for again

    cluster.net.partition("test", "counter");
    const late = new Promise<number>((resolve) => {
      const startedAt = cluster.clock.now();
      const call = cluster.client(CounterClient).count(undefined, { timeoutMs: 300 });
      call.then(String, () => resolve(cluster.clock.now() - startedAt));
    });
    await cluster.clock.advance(1_000);
    expect(await late).toBe(300);
  });

  test("from the broker: a publish fails with its time, events wait", async () => {
    Counter.heard.length = 0;
    const { cluster } = await counting();
    await using _ = cluster;
    const publisher = cluster.publisher(TickedPublisher);
    cluster.net.partition("counter", "broker");
    await publisher.publish({ n: 1 });
    await cluster.clock.advance(1_000);
    expect(Counter.heard).toEqual([]);
    cluster.net.heal();
    await cluster.clock.advance(0);
    expect(Counter.heard).toEqual([1]);

    cluster.net.partition("test", "broker");
    const late = publisher.publish({ n: 2 });
    const failing = expect(late).rejects.toMatchObject({ code: 503, reason: "broker.unreachable" });
    await cluster.clock.advance(5_000);
    await failing;
    cluster.net.heal();
    await cluster.clock.advance(1_000);
    expect(cluster.broker.published(Ticked)).toEqual([{ n: 1 }]);
  });
});

describe("events on their way to the broker", () => {
  const publishAll = async (
    cluster: TestCluster,
    key: (n: number) => string | undefined,
  ): Promise<readonly number[]> => {
    Counter.heard.length = 0;
    const publisher = cluster.publisher(TickedPublisher);
    const all = Array.from({ length: 30 }, (_, n) => {
      const named = key(n);
      return publisher.publish({ n }, named === undefined ? {} : { key: named });
    });
    await cluster.clock.advance(10_000);
    await Promise.all(all);
    return Counter.heard;
  };
  const inOrder = Array.from({ length: 30 }, (_, n) => n);

  test("come in order, once", async () => {
    const { cluster } = await counting();
    await using _ = cluster;
    expect(await publishAll(cluster, () => undefined)).toEqual(inOrder);
  });

  test("come twice now and then; they are listed once", async () => {
    const { cluster } = await counting();
    await using _ = cluster;
    cluster.net.duplicate("test", 0.3);
    const heard = await publishAll(cluster, () => undefined);
    expect(new Set(heard)).toEqual(new Set(inOrder));
    expect(heard.length).toBeGreaterThan(33);
    expect(cluster.broker.published(Ticked)).toHaveLength(30);
  });

  test("pass each other, but not those of their key", async () => {
    const { cluster } = await counting();
    await using _ = cluster;
    cluster.net.reorder("test", 0.3);
    const heard = await publishAll(cluster, (n) => String(n % 3));
    expect(heard.toSorted((a, b) => a - b)).toEqual(inOrder);
    expect(heard).not.toEqual(inOrder);
    for (const key of [0, 1, 2])
      expect(heard.filter((n) => n % 3 === key)).toEqual(inOrder.filter((n) => n % 3 === key));
  });

  test("are refused or lost before an acknowledgement when connections break", async () => {
    const { cluster } = await counting();
    await using _ = cluster;
    cluster.net.drop(["test", "broker"], 0.5);
    const publisher = cluster.publisher(TickedPublisher);
    const told = await Promise.allSettled(inOrder.map((n) => publisher.publish({ n })));
    await cluster.clock.advance(1_000);
    const published = cluster.broker.published(Ticked).map(({ n }) => n);
    const acknowledged = inOrder.filter((n) => told[n]?.status === "fulfilled");
    expect(published).toEqual(expect.arrayContaining(acknowledged));
    expect(acknowledged.length).toBeLessThan(published.length); // some were heard all the same
    expect(published.length).toBeLessThan(30);
  });
});

describe("a node that stands still", () => {
  test("reads nothing and keeps its connections; then it does what came, in order", async () => {
    const { cluster, counter } = await counting();
    await using _ = cluster;
    cluster.pause("counter");
    const calls = [counter.count(), counter.count(undefined, { timeoutMs: 60_000 })];
    const failing = expect(calls[0]).rejects.toMatchObject({ reason: "client.timeout" });
    await cluster.clock.advance(5_001);
    await failing;
    expect(cluster.usage.connections).toBe(1);
    cluster.resume("counter");
    await cluster.clock.advance(2_000); // it is late, says so, and is asked again
    expect(await calls[1]).toEqual({ runs: 2 });
  });

  test("does not renew its registration", async () => {
    const { cluster, counter } = await counting();
    await using _ = cluster;
    cluster.pause("counter");
    await cluster.clock.advance(150_000);
    await expect(counter.count()).rejects.toMatchObject({ code: 404 });
    cluster.resume("counter");
    await cluster.clock.advance(2_000);
    expect(await counter.count()).toEqual({ runs: 2 });
  });

  test("handles no events; they wait for it, or for its death", async () => {
    Counter.heard.length = 0;
    const { cluster } = await counting();
    await using _ = cluster;
    const publisher = cluster.publisher(TickedPublisher);
    cluster.pause("counter");
    await publisher.publish({ n: 1 });
    await cluster.clock.advance(1_000);
    expect(Counter.heard).toEqual([]);
    await cluster.start(CounterModule);
    await cluster.kill("counter");
    await cluster.clock.advance(0);
    expect(Counter.heard).toEqual([1]);
  });

  test("hears of a stop when it goes on", async () => {
    const { cluster } = await counting();
    await using _ = cluster;
    cluster.pause("counter");
    const stopping = cluster.stop("counter");
    await cluster.clock.advance(10_000);
    expect(await stateOf(stopping)).toBe("pending");
    cluster.resume("counter");
    await cluster.clock.advance(0);
    expect(await stopping).toEqual({ cut: 0 });
  });
});

describe("a restart", () => {
  test("is a new process on the same host", async () => {
    const { cluster, counter, node } = await counting();
    await using _ = cluster;
    cluster.net.latency(node, 20);
    const before = cluster.app(node);
    const restarting = cluster.restart(node);
    await cluster.clock.advance(1_000);
    await restarting;
    expect(cluster.app(node)).not.toBe(before);
    const call = counter.count();
    await cluster.clock.advance(2_000);
    expect(await call).toEqual({ runs: 1 });
  });

  test("brings back a node that was killed or stopped", async () => {
    const { cluster, counter, node } = await counting();
    await using _ = cluster;
    await cluster.kill(node);
    await cluster.restart("counter");
    await cluster.stop(node);
    await cluster.restart(node);
    const call = counter.count();
    await cluster.clock.advance(2_000);
    expect(await call).toEqual({ runs: 1 });
    await expect(cluster.restart("mailer")).rejects.toThrow(
      "no node has served mailer; there are: test, counter",
    );
  });
});

test("usage is back where it was when all is done", async () => {
  const { cluster, counter } = await counting();
  await cluster.clock.advance(150_000);
  const before = cluster.usage;
  expect(before.connections).toBe(0);
  await counter.count();
  expect(cluster.usage.connections).toBe(1);
  cluster.net.partition("test", "broker");
  void cluster.publisher(TickedPublisher).publish({ n: 1 }).catch(String);
  await cluster.clock.advance(0);
  expect(cluster.usage.requests).toBe(1);
  cluster.net.calm();
  await cluster.clock.advance(150_000);
  expect(cluster.usage).toEqual(before);
  await cluster[Symbol.asyncDispose]();
  expect(cluster.usage).toEqual({ connections: 0, timers: 0, requests: 0 });
});

test("the trace tells what happened to whom; it is empty unless asked for", async () => {
  await using cluster = await Test.cluster({ trace: true });
  const [node] = await cluster.start(CounterModule);
  await cluster.client(CounterClient).count();
  cluster.net.latency(["test", node!] satisfies ClusterPlace, { minMs: 1, maxMs: 2 });
  await cluster.clock.advance(10);
  cluster.net.calm();
  await cluster.kill("counter");
  const { trace } = cluster;
  for (const line of [
    /^0\.000 10\.0\.0\.2 starts CounterModule$/m,
    /^0\.000 10\.0\.0\.2 register counter \(registry\)$/m,
    /^0\.000 10\.0\.0\.2 logs info counter is ready on /m,
    /^0\.000 10\.0\.0\.1 connects to 10\.0\.0\.2:20000 \(10\.0\.0\.2\)$/m,
    /^0\.000 10\.0\.0\.1 writes \d+ bytes #[0-9a-f]+ \(10\.0\.0\.2\)$/m,
    /^0\.000 network delays 10\.0\.0\.1 10\.0\.0\.2 \{"minMs":1,"maxMs":2\}$/m,
    /^0\.000 clock advances 10 ms$/m,
    /^10\.000 10\.0\.0\.2 is killed$/m,
    /^10\.000 10\.0\.0\.1 closes: .*ECONNRESET/m,
  ])
    expect(trace).toMatch(line);

  const { cluster: quiet } = await counting();
  await using _ = quiet;
  expect(quiet.trace).toBe("");
});

test("the caller's node takes plugins", async () => {
  const seen: string[] = [];
  const note: Interceptor = (next) => (call) => {
    seen.push(call.endpoint);
    return next(call);
  };
  const plugins = { client: rpcClient({ interceptors: [note] }) };
  await using cluster = await Test.cluster({ plugins });
  await cluster.start(CounterModule);
  await cluster.client(CounterClient).count();
  expect(seen).toEqual(["Counter.Count"]);
});
