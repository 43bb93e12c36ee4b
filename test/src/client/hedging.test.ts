import { describe, expect, test } from "@jest/globals";
import { NotFound, TooManyRequests, Unavailable } from "../../../src/base/errors.js";
import { OptionError } from "../../../src/base/options.js";
import type { Interceptor } from "../../../src/call/call.js";
import type { CallOptions } from "../../../src/call/call-options.js";
import { CallContext, type Context } from "../../../src/call/context.js";
import { ContextValue } from "../../../src/call/context-value.js";
import { rpcClient, type RpcClientOptions } from "../../../src/client/rpc-client.js";
import { engineNodes } from "../../support/pair-harness.js";
import { overMemory } from "../../support/pair-transports.js";
import type { VirtualClock } from "../../support/virtual-clock.js";
import { virtualWorld } from "../../support/virtual-environment.js";

/** One run of the handler. */
interface Run {
  readonly node: number;
  /** Milliseconds after the world began. */
  readonly at: number;
  readonly context: Context;
}

/** What the handler does: `run` counts from 1, over all nodes. */
type Handle = (run: number, context: Context, clock: VirtualClock) => unknown;

const never = (): Promise<never> => new Promise(() => undefined);
const hedge = { delayMs: 50 };
const refused = new Unavailable("not now", { retry: "safe" });

/** A client before some nodes that serve `Job.Run`. */
async function setUp(
  handle: Handle,
  { nodes = 2, client = {} }: { readonly nodes?: number; readonly client?: RpcClientOptions } = {},
) {
  const world = virtualWorld();
  const { clock } = world;
  const began = clock.monotonic();
  const make = engineNodes(world, { transport: overMemory, client: () => rpcClient(client) });
  const runs: Run[] = [];
  const started: { end(): Promise<void> }[] = [];
  const addresses: string[] = [];
  for (let index = 0; index < nodes; index++) {
    const node = await make();
    started.push(node);
    const run = (_request: never, context: Context): unknown => {
      runs.push({ node: index, at: clock.monotonic() - began, context });
      return handle(runs.length, context, clock);
    };
    const define = (endpoint: string): void =>
      node.server.handle(
        node.server.newHandler({ service: { name: "jobs" }, endpoint, handle: run }),
      );
    define("Job.Run");
    await node.start();
    addresses.push(node.server.address);
  }
  const caller = await make();
  started.push(caller);
  const call = (options: CallOptions = {}, idempotent = true): Promise<unknown> => {
    const request = caller.client.newRequest("jobs", { endpoint: "Job.Run", idempotent }, {});
    const reply = caller.client.call(request, options);
    reply.catch(() => undefined);
    return reply;
  };
  return {
    clock,
    runs,
    addresses,
    call,
    ambient: caller.assembly.ambient,
    now: () => clock.monotonic() - began,
    [Symbol.asyncDispose]: async () => {
      const ends = Promise.all(started.map((node) => node.end()));
      await clock.advance(60_000);
      await ends;
    },
  };
}

describe("a hedged call", () => {
  test("is made on another node when the first has not answered in time, not before", async () => {
    await using bench = await setUp((run) => (run === 1 ? never() : run));
    const { clock, call, runs } = bench;
    const reply = call({ hedge });
    await clock.advance(49);
    expect(runs).toHaveLength(1);
    await clock.advance(2);
    expect(await reply).toBe(2);
    expect(runs.map(({ context }) => context.attempt)).toEqual([1, 2]);
    expect(runs[1]!.node).not.toBe(runs[0]!.node);
    expect(runs[1]!.at - runs[0]!.at).toBeGreaterThanOrEqual(50);
  });

  test("is made once where the answer comes in time", async () => {
    await using bench = await setUp((run) => run);
    const { clock, call, runs } = bench;
    const reply = call({ hedge });
    await clock.advance(5_000);
    expect(await reply).toBe(1);
    expect(runs).toHaveLength(1);
  });

  test("takes the first's answer when that comes first, and cancels the second", async () => {
    let answer = (_reply: string): void => undefined;
    await using bench = await setUp((run) =>
      run === 1 ? new Promise<string>((resolve) => (answer = resolve)) : never(),
    );
    const { clock, call, runs } = bench;
    const reply = call({ hedge });
    await clock.advance(60);
    expect(runs).toHaveLength(2);
    expect(runs[1]!.context.signal.aborted).toBe(false);
    answer("late, but first");
    expect(await reply).toBe("late, but first");
    await clock.settle();
    expect(runs[1]!.context.signal.aborted).toBe(true);
  });

  test("cancels the attempt that lost, before its deadline", async () => {
    await using bench = await setUp((run) => (run === 1 ? never() : run));
    const { clock, call, runs } = bench;
    const reply = call({ hedge });
    await clock.advance(51);
    await reply;
    expect(runs.map(({ context }) => context.signal.reason as unknown)).toMatchObject([
      { reason: "server.caller-gone" },
      { reason: "server.call-ended" },
    ]);
  });

  test("is made as often as `retries` allows, each time after the delay", async () => {
    await using bench = await setUp((run) => (run < 4 ? never() : run), { nodes: 4 });
    const { clock, call, runs } = bench;
    const reply = call({ hedge, retries: 2, timeoutMs: 1_000 });
    await clock.advance(900);
    expect(runs.map(({ node }) => node).sort()).toHaveLength(3);
    expect(new Set(runs.map(({ node }) => node)).size).toBe(3);
    await clock.advance(100);
    await expect(reply).rejects.toMatchObject({ code: 408, reason: "client.timeout" });
    await clock.settle();
    expect(runs.every(({ context }) => context.signal.aborted)).toBe(true);
    const [first, second, third] = runs.map(({ at }) => at);
    expect(second! - first!).toBeLessThan(60);
    expect(third! - second!).toBeGreaterThanOrEqual(50);
  });

  test("has one deadline for all its attempts", async () => {
    const left: number[] = [];
    await using bench = await setUp((_run, context) => {
      left.push(Math.round(context.remainingMs()));
      return never();
    });
    const { clock, call } = bench;
    const reply = call({ hedge, timeoutMs: 200 });
    await clock.advance(200);
    await expect(reply).rejects.toMatchObject({ code: 408 });
    expect(left).toEqual([200, 150]);
  });

  test("ends at once, everywhere, when its caller gives up", async () => {
    await using bench = await setUp(never);
    const { clock, call, runs } = bench;
    const caller = new AbortController();
    const reply = call({ hedge, signal: caller.signal, timeoutMs: 60_000 });
    await clock.advance(60);
    caller.abort();
    await expect(reply).rejects.toMatchObject({ code: 499, reason: "client.canceled" });
    await clock.settle();
    expect(runs.map(({ context }) => context.signal.aborted)).toEqual([true, true]);
    await clock.advance(1_000);
    expect(runs).toHaveLength(2);
  });

  test("that is cancelled before its second attempt makes none", async () => {
    await using bench = await setUp(never);
    const { clock, call, runs } = bench;
    const caller = new AbortController();
    const reply = call({ hedge, signal: caller.signal });
    await clock.advance(20);
    caller.abort();
    await expect(reply).rejects.toMatchObject({ code: 499 });
    await clock.advance(1_000);
    expect(runs).toHaveLength(1);
  });

  test("goes to another of the addresses it is given", async () => {
    await using bench = await setUp((run) => (run === 1 ? never() : run), { nodes: 3 });
    const { clock, call, runs, addresses } = bench;
    const reply = call({ hedge, address: addresses.slice(0, 2) });
    await clock.advance(51);
    expect(await reply).toBe(2);
    expect(runs.map(({ node }) => node).sort()).toEqual([0, 1]);
  });
});

describe("nothing is hedged", () => {
  test.each([
    ["without the option", {}, {}, true],
    ["of a call that is not idempotent", {}, { hedge }, false],
    ["of one that says so", { hedge }, { idempotent: false }, true],
    ["without retries", { hedge }, { retries: 0 }, true],
    ["when the call turns it off", { hedge }, { hedge: false }, true],
  ] as const)("%s", async (_when, client, options, idempotent) => {
    await using bench = await setUp(never, { client });
    const { clock, call, runs } = bench;
    const reply = call({ ...options, timeoutMs: 1_000 }, idempotent);
    await clock.advance(1_000);
    await expect(reply).rejects.toMatchObject({ code: 408 });
    expect(runs).toHaveLength(1);
  });

  test("inside of a retry", async () => {
    await using bench = await setUp(never, { client: { hedge } });
    const { clock, call, runs, ambient } = bench;
    const parent = new CallContext(clock, {}, Infinity, 2);
    const reply = ambient.run(parent, () => call({ timeoutMs: 1_000 }));
    await clock.advance(1_000);
    await expect(reply).rejects.toMatchObject({ code: 408 });
    expect(runs).toHaveLength(1);
  });

  test("where there is no other node, and the budget is left alone", async () => {
    let full = false;
    await using bench = await setUp(
      () => {
        if (full) throw refused;
        return never();
      },
      { nodes: 1 },
    );
    const { clock, call, runs } = bench;
    for (let calls = 0; calls < 30; calls++) {
      const reply = call({ hedge, timeoutMs: 100 });
      await clock.advance(100);
      await reply.catch(() => undefined);
    }
    expect(runs).toHaveLength(30);
    expect(runs.every(({ context }) => context.attempt === 1)).toBe(true);
    full = true;
    for (let calls = 0; calls < 9; calls++) {
      void call();
      await clock.advance(20);
    }
    expect(runs).toHaveLength(30 + 9 * 2);
  });
});

test("the client's option hedges every idempotent call", async () => {
  await using bench = await setUp((run) => (run === 1 ? never() : run), { client: { hedge } });
  const { clock, call } = bench;
  const reply = call();
  await clock.advance(51);
  expect(await reply).toBe(2);
});

describe("an attempt that fails", () => {
  test("brings the next at once", async () => {
    await using bench = await setUp((run) => {
      if (run === 1) throw refused;
      return run;
    });
    const { clock, call, runs } = bench;
    const reply = call({ hedge });
    await clock.advance(20);
    expect(await reply).toBe(2);
    expect(runs[1]!.node).not.toBe(runs[0]!.node);
  });

  test("may be made again on the only node", async () => {
    await using bench = await setUp(
      (run) => {
        if (run === 1) throw refused;
        return run;
      },
      { nodes: 1 },
    );
    const { clock, call } = bench;
    const reply = call({ hedge });
    await clock.advance(20);
    expect(await reply).toBe(2);
  });

  test("leaves the others to answer", async () => {
    let answer = (_reply: string): void => undefined;
    await using bench = await setUp((run) => {
      if (run === 1) return new Promise<string>((resolve) => (answer = resolve));
      throw refused;
    });
    const { clock, call, runs } = bench;
    const reply = call({ hedge });
    await clock.advance(500);
    expect(runs).toHaveLength(2);
    answer("after all");
    expect(await reply).toBe("after all");
  });

  test("is the call's error when it is the last of all", async () => {
    await using bench = await setUp(
      (run) => {
        if (run === 1) return never();
        throw new Unavailable(`failure ${run}`);
      },
      { nodes: 3 },
    );
    const { clock, call, runs } = bench;
    const slow = call({ hedge, retries: 2, attemptTimeoutMs: 200 });
    await clock.advance(150);
    expect(runs).toHaveLength(3);
    await clock.advance(100);
    await expect(slow).rejects.toMatchObject({
      code: 408,
      detail: expect.stringContaining("attempt 1 of jobs Job.Run"),
    });
    const broken = call({ hedge, retries: 2 });
    await clock.advance(50);
    await expect(broken).rejects.toMatchObject({ code: 503, detail: "failure 6" });
    await clock.advance(1_000);
    expect(runs).toHaveLength(6);
  });

  test("for good ends the call, and cancels the others", async () => {
    await using bench = await setUp((run) => {
      if (run === 1) return never();
      throw new NotFound("no such job");
    });
    const { clock, call, runs } = bench;
    const reply = call({ hedge, retries: 5 });
    await clock.advance(60);
    await expect(reply).rejects.toMatchObject({ code: 404, detail: "no such job" });
    await clock.settle();
    expect(runs).toHaveLength(2);
    expect(runs[0]!.context.signal.aborted).toBe(true);
  });

  test("and says when to try again has no other made, but those under way go on", async () => {
    let answer = (_reply: string): void => undefined;
    await using bench = await setUp(
      (run) => {
        if (run === 1) return new Promise<string>((resolve) => (answer = resolve));
        throw new TooManyRequests("slower", { retry: "safe", data: { waitMs: 500 } });
      },
      { nodes: 4 },
    );
    const { clock, call, runs } = bench;
    const reply = call({ hedge, retries: 3 });
    await clock.advance(1_000);
    expect(runs).toHaveLength(2);
    answer("still here");
    expect(await reply).toBe("still here");
  });
});

test("hedges and retries together are at most ten at once and a tenth of the calls", async () => {
  await using bench = await setUp((_run, { attempt }) => (attempt === 1 ? never() : attempt));
  const { clock, call, runs } = bench;
  for (let calls = 0; calls < 100; calls++) {
    const reply = call({ hedge, timeoutMs: 100 });
    await clock.advance(100);
    await reply.catch(() => undefined);
  }
  const hedged = runs.filter(({ context }) => context.attempt > 1).length;
  expect(runs.length - hedged).toBe(100);
  expect(hedged).toBeGreaterThanOrEqual(18);
  expect(hedged).toBeLessThanOrEqual(20);
});

test("an attempt that found nobody costs no budget", async () => {
  await using bench = await setUp((_run, { attempt }) => {
    if (attempt === 1)
      throw new Unavailable("the service is shutting down", {
        reason: "server.draining",
        retry: "safe",
      });
    return attempt;
  });
  const { clock, call } = bench;
  for (let calls = 0; calls < 40; calls++) {
    const reply = call({ hedge });
    await clock.advance(100);
    expect(await reply).toBe(2);
  }
});

test("what is said beside the reply is told once, of the attempt that counts", async () => {
  await using bench = await setUp(
    (run, { replyHeaders, replyTrailers }) => {
      replyHeaders["x-run"] = replyTrailers["x-end"] = String(run);
      if (run === 1) throw new Unavailable("not now");
      return run === 2 ? never() : run;
    },
    { nodes: 3 },
  );
  const { clock, call } = bench;
  const told: unknown[] = [];
  const reply = call({
    hedge,
    retries: 2,
    onHeaders: (headers) => told.push({ ...headers }),
    onTrailers: (trailers) => told.push({ ...trailers }),
  });
  await clock.advance(200);
  expect(await reply).toBe(3);
  expect(told).toEqual([{ "x-run": "3" }, { "x-end": "3" }]);
});

test("layers around attempts see each, with metadata of its own and how it ended", async () => {
  const tenant = new ContextValue<string>();
  const seen: unknown[] = [];
  const whole: Interceptor = (next) => (call) => {
    tenant.set(call.context, "acme");
    return next(call);
  };
  const each: Interceptor = (next) => async (call) => {
    const { attempt, context, metadata } = call;
    metadata["x-span"] = `${tenant.get(context)} ${attempt}`;
    try {
      const reply = await next(call);
      seen.push([attempt, reply]);
      return reply;
    } catch (error) {
      seen.push([attempt, (error as { readonly reason?: unknown }).reason]);
      throw error;
    }
  };
  await using bench = await setUp((run) => (run === 1 ? never() : run), {
    client: { hedge, interceptors: [whole], attemptInterceptors: [each] },
  });
  const { clock, call, runs } = bench;
  const reply = call({ metadata: { "x-a": "1" } });
  await clock.advance(51);
  expect(await reply).toBe(2);
  await clock.settle();
  expect(seen).toEqual([
    [2, 2],
    [1, "client.hedged"],
  ]);
  expect(runs.map(({ context }) => context.metadata)).toMatchObject([
    { "x-a": "1", "x-span": "acme 1" },
    { "x-a": "1", "x-span": "acme 2" },
  ]);
});

describe("a delay by percentile", () => {
  test("is learnt from fifty calls, and follows them", async () => {
    let slow = false;
    await using bench = await setUp((run, _context, { timers }) => {
      if (slow) return never();
      return new Promise((resolve) => {
        timers.after(run % 10 === 0 ? 40 : 5, () => resolve(run));
      });
    });
    const { clock, call, runs, now } = bench;
    const options = { hedge: { percentile: 85 } };
    slow = true;
    const early = call({ ...options, timeoutMs: 100 });
    await clock.advance(100);
    await expect(early).rejects.toMatchObject({ code: 408 });
    expect(runs).toHaveLength(1);
    slow = false;
    for (let calls = 0; calls < 60; calls++) {
      const reply = call(options);
      await clock.advance(50);
      await reply;
    }
    const before = runs.length;
    const began = now();
    slow = true;
    const late = call({ ...options, timeoutMs: 100 });
    await clock.advance(100);
    await late.catch(() => undefined);
    expect(runs).toHaveLength(before + 2);
    expect(runs.at(-1)!.at - began).toBeLessThanOrEqual(7);
  });

  test("counts attempts that lost as slow, so that hedges do not bring more hedges", async () => {
    let slow = false;
    await using bench = await setUp(
      (run, { attempt }, { timers }) =>
        new Promise((resolve) => {
          timers.after(slow && attempt === 1 ? 100 : 5, () => resolve(run));
        }),
    );
    const { clock, call, runs } = bench;
    const pass = async (calls: number): Promise<void> => {
      for (let count = 0; count < calls; count++) {
        const reply = call({ hedge: { percentile: 95 } });
        await clock.advance(50);
        await reply;
      }
    };
    const delay = (): number => runs.at(-1)!.at - runs.at(-2)!.at;
    await pass(50);
    slow = true;
    await pass(10);
    expect(delay()).toBe(6);
    slow = false;
    await pass(10);
    slow = true;
    await pass(1);
    expect(delay()).toBe(12);
  });
});

test("options that make no sense are refused by name", () => {
  const broken: readonly RpcClientOptions["hedge"][] = [
    { delayMs: 0 },
    { percentile: 100 },
    { percentile: 0 },
    {} as { delayMs: number },
  ];
  for (const each of broken) expect(() => rpcClient({ hedge: each! })).toThrow(OptionError);
  expect(() => rpcClient({ hedge: { delayMs: -1 } })).toThrow("rpcClient.hedge.delayMs");
});
