import { describe, expect, test } from "@jest/globals";
import { Unavailable } from "../../../src/base/errors.js";
import { OptionError } from "../../../src/base/options.js";
import { rpcServer } from "../../../src/server/rpc-server.js";
import { answer, recordsOf, serve } from "../../contracts/pair/tools.js";
import { virtualPairHarness } from "../../support/pair-harness.js";
import { overMemory } from "../../support/pair-transports.js";
import { bench, echo, errorOf, json, nothing } from "./raw-caller.js";

describe("a server", () => {
  test("is told by the environment", async () => {
    const args = [
      "--server_id=seven",
      "--server_version=2.0.0",
      "--server_advertise=shop.example:80",
      "--server_metadata=zone=b",
      "--register_ttl=10s",
      "--register_interval=20s",
    ];
    const { node, clock } = await bench({ "Strange.Echo": echo }, { args });
    await node.start();
    expect(node.server.address).toBe("shop.example:80");
    expect(await recordsOf(node, "strange")).toMatchObject([
      {
        version: "2.0.0",
        nodes: [{ id: "strange-seven", address: "shop.example:80", metadata: { zone: "b" } }],
      },
    ]);
    await clock.advance(11_000);
    expect(await recordsOf(node, "strange")).toEqual([]);
    await clock.advance(10_000);
    expect(await recordsOf(node, "strange")).toHaveLength(1);
  });

  test.each([["--register_ttl=0"], ["--register_interval=0"]])("refuses %s", async (flag) => {
    await expect(bench({}, { args: [flag] })).rejects.toThrow(OptionError);
  });

  test.each([
    [{ maxMessageBytes: 0 }, "rpcServer.maxMessageBytes"],
    [{ maxHeaderBytes: 100 }, "rpcServer.maxHeaderBytes"],
    [{ maxConcurrentCalls: 0 }, "rpcServer.maxConcurrentCalls"],
    [{ maxLoopDelayMs: 0 }, "rpcServer.maxLoopDelayMs"],
    [{ registerTtlMs: -1 }, "rpcServer.registerTtlMs"],
    [{ registerIntervalMs: 0 }, "rpcServer.registerIntervalMs"],
    [{ drainTimeoutMs: -1 }, "rpcServer.drainTimeoutMs"],
  ])("refuses %p", (options, name) => {
    expect(() => rpcServer(options)).toThrow(OptionError);
    expect(() => rpcServer(options)).toThrow(name);
  });

  test("registers once, however often it is told", async () => {
    const { node, clock } = await bench({ "Strange.Echo": echo });
    await node.start();
    await node.server.register();
    expect(await recordsOf(node, "strange")).toHaveLength(1);
    await node.server.deregister();
    await clock.advance(100_000);
    expect(await recordsOf(node, "strange")).toEqual([]);
  });

  test("gathers what fails at its stop", async () => {
    const { node } = await bench({ "Strange.Echo": echo });
    await node.start();
    const failure = new Error("the registry is gone");
    node.registry.deregister = () => Promise.reject(failure);
    const stopping = node.server.stop();
    await expect(stopping).rejects.toThrow(AggregateError);
    await expect(stopping).rejects.toMatchObject({ errors: [failure] });
    await expect(node.server.stop()).rejects.toMatchObject({ errors: [failure] });
  });

  test("that is stopped while it starts leaves nothing behind", async () => {
    const { node, clock, open } = await bench({ "Strange.Echo": echo });
    const starting = node.server.start();
    const stopping = node.server.stop();
    await expect(starting).rejects.toMatchObject({ reason: "server.stopped" });
    expect(await stopping).toEqual({ cut: 0 });
    await clock.settle();
    await expect(open()).rejects.toMatchObject({ reason: "transport.connect-failed" });
    await expect(node.server.register()).rejects.toMatchObject({ reason: "server.not-running" });
  });

  test("that is stopped while it subscribes ends the subscription", async () => {
    const { node, clock } = await bench();
    await node.broker.connect();
    const closed: string[] = [];
    let subscribed = (): void => undefined;
    node.broker.subscribe = (topic) =>
      new Promise((resolve) => {
        subscribed = () =>
          resolve({
            topic,
            close: () => {
              closed.push(topic);
              return Promise.resolve();
            },
          });
      });
    const subscriber = {
      service: { name: "s" },
      topic: "t",
      name: "T.on",
      handle: () => undefined,
    };
    node.server.subscribe(node.server.newSubscriber(subscriber));
    const starting = node.server.start();
    starting.catch(() => undefined);
    await clock.settle();
    await node.server.stop();
    subscribed();
    await expect(starting).rejects.toMatchObject({ reason: "server.stopped" });
    expect(closed).toEqual(["t"]);
  });

  test("serves several services, and names the one that fails", async () => {
    await using harness = await virtualPairHarness({ transport: overMemory });
    serve(harness, "shop", "Shop.Buy", () => {
      throw new Unavailable("closed");
    });
    serve(harness, "bank", "Bank.Pay", async () => ({ paid: true }));
    await harness.start();
    await expect(answer(harness, "shop", "Shop.Buy")).rejects.toMatchObject({ id: "shop" });
    expect(await answer(harness, "bank", "Bank.Pay")).toEqual({ paid: true });
  });
});

describe("a busy event loop", () => {
  /** A server whose every call keeps the event loop for so long, and what calls made at once come to. */
  async function busy(ms: number, options: { readonly maxLoopDelayMs?: number } = {}) {
    const world: Awaited<ReturnType<typeof bench>> = await bench(
      {
        "Strange.Work": [
          async () => {
            world.clock.stall(ms);
            return {};
          },
        ],
      },
      { options },
    );
    await world.node.start();
    const call = async (
      endpoint = "Strange.Work",
      headers: Readonly<Record<string, string>> = {},
    ): Promise<unknown> => {
      const [reply] = await world.exchange({ headers: json(endpoint, headers), body: nothing });
      return errorOf(reply);
    };
    const calls = (count: number, headers = {}): Promise<unknown[]> =>
      Promise.all(Array.from({ length: count }, () => call(undefined, headers)));
    return { ...world, call, calls };
  }

  const late = {
    code: 503,
    detail: "the event loop is 590 ms late, too late for this call",
    reason: "server.overloaded",
    retry: "safe",
  };

  test("refuses calls that had to wait for too long, until it is free again", async () => {
    const { calls, call, clock } = await busy(300);
    const outcomes = await calls(5);
    expect(outcomes.slice(0, 2)).toEqual([null, null]);
    for (const outcome of outcomes.slice(2)) expect(outcome).toMatchObject(late);
    expect(await call("Debug.Health")).toBeNull();
    await clock.advance(20);
    expect(await call()).toBeNull();
  });

  test("refuses calls whose caller waits no longer", async () => {
    const { calls } = await busy(300);
    const outcomes = await calls(3, { timeout: "200000000" });
    expect(outcomes[0]).toBeNull();
    for (const outcome of outcomes.slice(1))
      expect(outcome).toMatchObject({ reason: "server.overloaded" });
  });

  test("refuses calls that have come during a turn of half their time, and no others after it", async () => {
    const { call, clock } = await busy(300);
    const within = (ms: number): Promise<unknown> =>
      call("Strange.Work", { timeout: String(ms * 1_000_000) });
    expect(await call()).toBeNull();
    await clock.advance(0); // the turn is over: it was 290 ms late
    expect(await within(140)).toMatchObject({
      reason: "server.overloaded",
      detail: "the event loop is 145 ms late, too late for this call",
    });
    expect(await within(150)).toBeNull();
    await clock.advance(20);
    await clock.advance(20);
    expect(await within(20)).toBeNull();
    await clock.advance(0);
    clock.stall(300); // while nobody calls
    await clock.advance(20);
    expect(await within(20)).toBeNull();
  });

  test("may be as late as it likes where that is said", async () => {
    const { calls } = await busy(300, { maxLoopDelayMs: Infinity });
    expect(await calls(5)).toEqual([null, null, null, null, null]);
  });

  test("is not looked at while nobody calls", async () => {
    const { call, clock, node } = await busy(1);
    const before = clock.waiting;
    await call();
    expect(clock.waiting).toBe(before + 1);
    await clock.advance(30);
    expect(clock.waiting).toBe(before);
    await call();
    await node.server.stop();
    await clock.settle();
    expect(clock.waiting).toBeLessThanOrEqual(before);
  });
});
