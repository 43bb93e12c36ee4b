import { describe, expect, test } from "@jest/globals";
import type { RpcError } from "../../../src/base/error.js";
import { NotFound, Unavailable } from "../../../src/base/errors.js";
import { Ambient } from "../../../src/call/ambient.js";
import type { Interceptor } from "../../../src/call/call.js";
import type { CallOptions } from "../../../src/call/call-options.js";
import { CallContext } from "../../../src/call/context.js";
import type { EndpointShape } from "../../../src/call/contract.js";
import type { Attempt } from "../../../src/client/carrier.js";
import { Invoker, type InvokerOptions } from "../../../src/client/invoker.js";
import type { AttemptOutcome, SelectOptions, Selector } from "../../../src/selector/selector.js";
import { virtualWorld } from "../../support/virtual-environment.js";

interface Bench {
  readonly carry?: (attempt: Attempt) => unknown;
  readonly options?: Partial<InvokerOptions>;
  readonly around?: readonly Interceptor[];
  readonly perAttempt?: readonly Interceptor[];
  /** What `select` does; the default draws from two nodes in turn. */
  readonly select?: (options: SelectOptions | undefined) => void;
}

/** An invoker whose carrier and selector are the test's. */
function bench({
  carry = () => "reply",
  options,
  around = [],
  perAttempt = [],
  select,
}: Bench = {}) {
  const world = virtualWorld();
  const environment = world.environment();
  const ambient = new Ambient();
  ambient.observe();
  const attempts: Attempt[] = [];
  const marks: { readonly node: string; readonly outcome: AttemptOutcome }[] = [];
  const asked: (SelectOptions | undefined)[] = [];
  let turn = 0;
  const selector: Selector = {
    name: "test",
    select: (_service, how) => {
      asked.push(how);
      return (exclude) => {
        select?.(how);
        const left = ["a", "b"].filter((each) => !exclude?.has(each));
        const ids = left.length > 0 ? left : ["a", "b"];
        const id = ids[turn++ % ids.length]!;
        const service = { name: "s", version: "1", metadata: {}, endpoints: [], nodes: [] };
        return { node: { id, address: `${id}:1`, metadata: {} }, service };
      };
    },
    mark: (_service, { id }, outcome) => void marks.push({ node: id, outcome }),
    reset: () => undefined,
    close: () => Promise.resolve(),
  };
  const carrier = {
    unary: async (attempt: Attempt) => {
      attempts.push(attempt);
      return carry(attempt);
    },
    stream: (attempt: Attempt) => {
      attempts.push(attempt);
      return carry(attempt) as AsyncIterable<unknown>;
    },
    close: () => Promise.resolve(),
  };
  const chosen = { timeoutMs: 5_000, retries: 1, propagation: "all", from: "me", protocol: "mucp" };
  const invoker = new Invoker(
    environment,
    ambient,
    selector,
    carrier,
    { ...chosen, ...options } as InvokerOptions,
    { around, perAttempt },
  );
  const request = (shape: Partial<EndpointShape> = {}, body: unknown = {}) => ({
    service: "s",
    shape: { endpoint: "A.B", ...shape },
    body,
  });
  const unary = (how?: CallOptions, shape?: Partial<EndpointShape>): Promise<unknown> =>
    invoker.unary(request(shape), "unary", how);
  return { ...world, environment, ambient, invoker, attempts, marks, asked, request, unary };
}

const never = (): Promise<never> => new Promise(() => undefined);
const busy = new Unavailable("busy");
const refused = new Unavailable("full", { retry: "safe" });
const failing =
  (...errors: unknown[]) =>
  (): unknown => {
    if (errors.length === 0) return "reply";
    throw errors.shift() as Error;
  };

describe("attempts", () => {
  test("are numbered, each with the call's metadata and what is left", async () => {
    const { unary, attempts, clock } = bench({ carry: failing(refused, refused) });
    const call = unary({ retries: 5, metadata: { "X-A": "1" }, contentType: "application/x" });
    await clock.advance(100);
    expect(await call).toBe("reply");
    expect(attempts.map(({ attempt, node }) => [attempt, node.id])).toEqual([
      [1, "a"],
      [2, "b"],
      [3, "a"],
    ]);
    expect(attempts[2]).toMatchObject({
      service: "s",
      kind: "unary",
      contentType: "application/x",
      metadata: { "x-a": "1", "micro-from-service": "me" },
    });
  });

  test("tell the selector how they ended", async () => {
    const { unary, marks, clock } = bench({ carry: failing(refused) });
    const call = unary();
    await clock.advance(50);
    await call;
    expect(marks).toEqual([
      { node: "a", outcome: { error: refused, latencyMs: 0 } },
      { node: "b", outcome: { latencyMs: 0 } },
    ]);
  });

  test("that were given up do not speak against the node's connection", async () => {
    const broken = new Unavailable("gone", { reason: "transport.closed" });
    const { unary, marks, clock } = bench({
      carry: ({ context }) =>
        new Promise((_resolve, reject) => context.scope.onCancel(() => reject(broken))),
    });
    const caller = new AbortController();
    const call = unary({ signal: caller.signal });
    call.catch(() => undefined);
    await clock.settle();
    caller.abort("enough");
    await expect(call).rejects.toMatchObject({ code: 499, reason: "client.canceled" });
    await clock.settle();
    expect(marks).toMatchObject([{ node: "a", outcome: { error: { code: 499 } } }]);
  });

  test("that are hedged tell how each ended; one that lost speaks against nobody", async () => {
    const ended = ({ context }: Attempt): Promise<never> =>
      new Promise((_resolve, reject) => context.scope.onCancel(reject));
    for (const [second, outcome] of [
      [() => "reply", { latencyMs: 0 }],
      [failing(new Unavailable("no", { retry: "never" })), { error: { code: 503 }, latencyMs: 0 }],
    ] as const) {
      const { unary, marks, clock } = bench({
        carry: (attempt) => (attempt.attempt === 1 ? ended(attempt) : second()),
      });
      const call = unary({ idempotent: true, hedge: { delayMs: 10 } });
      call.catch(() => undefined);
      await clock.advance(10);
      await call.catch(() => undefined);
      await clock.settle();
      expect(marks).toHaveLength(2);
      expect(marks).toMatchObject([
        { node: "b", outcome },
        { node: "a", outcome: { error: { code: 499, reason: "client.hedged" }, latencyMs: 10 } },
      ]);
    }
  });

  test("that are hedged have metadata of their own", async () => {
    const each: Interceptor = (next) => (call) => {
      call.metadata["x-span"] = String(call.attempt);
      return next(call);
    };
    const { unary, clock, attempts } = bench({ carry: never, perAttempt: [each] });
    const metadata = { "x-a": "1" };
    unary({ idempotent: true, metadata, hedge: { delayMs: 10 } }).catch(() => undefined);
    await clock.advance(10);
    expect(attempts.map((attempt) => attempt.metadata)).toMatchObject([
      { "x-a": "1", "x-span": "1" },
      { "x-a": "1", "x-span": "2" },
    ]);
  });

  test("that find no node which was not tried are not made, and give it back", async () => {
    const { unary, marks, clock, attempts } = bench({ carry: never });
    const call = unary({ idempotent: true, retries: 5, hedge: { delayMs: 10 } });
    call.catch(() => undefined);
    await clock.advance(1_000);
    expect(attempts.map(({ node }) => node.id)).toEqual(["a", "b"]);
    expect(marks).toMatchObject([
      { node: "a", outcome: { error: { reason: "client.hedged" }, latencyMs: 0 } },
    ]);
  });

  test("of fixed addresses tell nobody", async () => {
    const { unary, marks, asked, attempts } = bench();
    await unary({ address: "z:9" });
    expect([marks, asked]).toEqual([[], []]);
    expect(attempts[0]?.node).toMatchObject({ address: "z:9", metadata: { protocol: "mucp" } });
  });

  test("may have a limit of their own, and another node after it", async () => {
    const { unary, attempts, clock } = bench({
      carry: ({ attempt }) => (attempt === 1 ? never() : "reply"),
    });
    const call = unary({ attemptTimeoutMs: 100 }, { idempotent: true });
    await clock.advance(99);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.context.remainingMs()).toBe(1);
    await clock.advance(50);
    expect(await call).toBe("reply");
    expect(attempts[0]?.context.scope.reason).toMatchObject({
      code: 408,
      detail: expect.stringContaining("attempt 1 of s A.B on a:1: no answer within 100 ms"),
    });
  });

  test("with a limit of their own end with the call", async () => {
    const { unary, clock, attempts } = bench({ carry: never });
    const call = unary({ timeoutMs: 100, attemptTimeoutMs: 1_000 });
    call.catch(() => undefined);
    await clock.settle();
    expect(attempts[0]?.context.remainingMs()).toBe(100);
    await clock.advance(100);
    await expect(call).rejects.toMatchObject({ code: 408, reason: "client.timeout" });
  });

  test("are not made again when the budget is spent", async () => {
    const { unary, clock, attempts } = bench({
      carry: () => {
        throw refused;
      },
    });
    for (let calls = 0; calls < 40; calls++) {
      const call = unary();
      call.catch(() => undefined);
      await clock.advance(50);
      await expect(call).rejects.toBe(refused);
    }
    // Ten at once, and a tenth of one for each call.
    expect(attempts.length).toBeGreaterThanOrEqual(40 + 10);
    expect(attempts.length).toBeLessThanOrEqual(40 + 14);
  });

  test("are not made again while a retried call is served", async () => {
    const { unary, ambient, clock, attempts } = bench({ carry: failing(refused) });
    const parent = new CallContext(clock, {}, Infinity, 2);
    const call = ambient.run(parent, () => unary({ retries: 3 }));
    await expect(call).rejects.toMatchObject({ code: 503 });
    expect(attempts).toHaveLength(1);
  });

  test("go to nodes that advertise the endpoint, else to any", async () => {
    const { unary, asked } = bench({
      select: (how) => {
        if (how?.endpoint) throw new Unavailable("none", { reason: "selector.empty" });
      },
    });
    expect(await unary({ select: { version: "2" } })).toBe("reply");
    expect(asked).toEqual([
      { version: "2", endpoint: "A.B", protocols: ["mucp"] },
      { version: "2", protocols: ["mucp"] },
    ]);
  });

  test("fail as the selector does", async () => {
    const missing = new NotFound("nobody", { reason: "selector.not-found" });
    const { unary } = bench({
      select: () => {
        throw missing;
      },
    });
    await expect(unary()).rejects.toBe(missing);
  });
});

describe("a pause before an attempt", () => {
  test("ends at once when the signal aborts", async () => {
    const { unary, clock, attempts } = bench({
      carry: failing(...Array<RpcError>(40).fill(refused)),
    });
    const caller = new AbortController();
    const call = unary({ retries: 40, signal: caller.signal });
    call.catch(() => undefined);
    await clock.settle();
    expect(attempts).toHaveLength(1);
    caller.abort();
    await expect(call).rejects.toMatchObject({ code: 499 });
    await clock.advance(5_000);
    expect(attempts).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  test("ends at once when the deadline passes", async () => {
    const { unary, clock } = bench({ carry: failing(...Array<RpcError>(100).fill(refused)) });
    const call = unary({ retries: 100, timeoutMs: 30 });
    call.catch(() => undefined);
    await clock.advance(30);
    await expect(call).rejects.toMatchObject({ code: 408 });
    await clock.settle();
    expect(clock.waiting).toBe(0);
  });
});

describe("a call", () => {
  test("that is idempotent by option or shape is made again when its node fails", async () => {
    for (const [how, shape] of [
      [{ idempotent: true }, {}],
      [{}, { idempotent: true }],
    ] as const) {
      const { unary, clock, attempts } = bench({ carry: failing(busy) });
      const call = unary(how, shape);
      await clock.advance(50);
      expect(await call).toBe("reply");
      expect(attempts).toHaveLength(2);
    }
    const { unary, attempts } = bench({ carry: failing(busy) });
    await expect(unary({ idempotent: false }, { idempotent: true })).rejects.toBe(busy);
    expect(attempts).toHaveLength(1);
  });

  test("leaves nothing waiting", async () => {
    const { unary, clock } = bench();
    const caller = new AbortController();
    await unary({ signal: caller.signal });
    caller.abort();
    await clock.advance(5_000); // the timer that calls of one length share finds none of them
    expect(clock.waiting).toBe(0);
  });

  test("without a limit waits for as long as it takes", async () => {
    const { unary, clock, attempts } = bench({ carry: never });
    unary({ timeoutMs: Infinity }).catch(() => undefined);
    await clock.advance(10_000_000);
    expect(attempts[0]?.context.scope.reason).toBeUndefined();
    expect(attempts[0]?.context.remainingMs()).toBe(Infinity);
  });

  test("passes its layers once, and those of attempts each time", async () => {
    const turns: string[] = [];
    const layer =
      (name: string): Interceptor =>
      (next) =>
      async (call) => {
        turns.push(`${name} ${call.attempt} ${call.node?.id ?? "-"}`);
        return next(call);
      };
    const { unary, clock } = bench({
      carry: failing(refused),
      around: [layer("call")],
      perAttempt: [layer("attempt")],
    });
    const call = unary();
    await clock.advance(50);
    await call;
    expect(turns).toEqual(["call 1 -", "attempt 1 a", "attempt 2 b"]);
  });

  test("of a stream of requests is made again while nobody has read them", async () => {
    const read: unknown[] = [];
    const requests = async function* (): AsyncGenerator {
      yield await Promise.resolve(1);
    };
    const readAll = async ({ request }: Attempt): Promise<string> => {
      for await (const item of request as AsyncIterable<unknown>) read.push(item);
      throw refused;
    };
    const { invoker, request, clock, attempts } = bench({
      carry: (attempt) => {
        if (attempt.attempt === 1) throw refused;
        return readAll(attempt);
      },
    });
    const call = invoker.unary(request({}, requests()), "client-stream", { retries: 5 });
    call.catch(() => undefined);
    await clock.advance(5_000);
    await expect(call).rejects.toBe(refused);
    expect([attempts.length, read]).toEqual([2, [1]]);
  });

  test("of a stream is made again while it is being opened, not afterwards", async () => {
    const streams = [
      async function* (): AsyncGenerator {
        await Promise.resolve();
        throw refused;
        yield 0;
      },
      async function* (): AsyncGenerator {
        yield await Promise.resolve(1);
        yield 2;
        throw refused;
      },
    ];
    const { invoker, request, clock, marks } = bench({ carry: () => streams.shift()!() });
    const items: unknown[] = [];
    const reading = (async () => {
      for await (const item of invoker.stream(request(), "server-stream", { retries: 5 }))
        items.push(item);
    })();
    reading.catch(() => undefined);
    await clock.advance(50);
    await expect(reading).rejects.toBe(refused);
    expect(items).toEqual([1, 2]);
    expect(marks.map(({ node, outcome }) => [node, "error" in outcome])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });
});

describe("inside of a served call", () => {
  test("a refusal is not handed on as safe", async () => {
    const { unary, ambient, invoker, request, clock } = bench({
      carry: () => {
        throw refused;
      },
    });
    const parent = new CallContext(clock, {}, Infinity);
    const call = ambient.run(parent, () => unary({ retries: 0 }));
    await expect(call).rejects.toMatchObject({ code: 503, retry: undefined });
    const stream = ambient.run(parent, () =>
      invoker.stream(request(), "server-stream", { retries: 0 }),
    );
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ retry: undefined });
    await expect(unary({ retries: 0 })).rejects.toMatchObject({ retry: "safe" });
  });

  test("a call ends with it, also when it has ended before", async () => {
    const { unary, ambient, clock, attempts } = bench({ carry: never });
    const parent = new CallContext(clock, { "x-a": "1", authorization: "x" }, Infinity);
    const call = ambient.run(parent, () => unary({}));
    call.catch(() => undefined);
    await clock.settle();
    expect({ ...attempts[0]?.metadata }).toEqual({ "x-a": "1", "micro-from-service": "me" });
    parent.scope.cancel(busy);
    await expect(call).rejects.toBe(busy);
    await expect(ambient.run(parent, () => unary({}))).rejects.toBe(busy);
  });

  test("what travels can be listed", async () => {
    const { unary, ambient, clock, attempts } = bench({ options: { propagation: ["x-b"] } });
    const parent = new CallContext(clock, { "x-a": "1", "x-b": "2" }, Infinity);
    await ambient.run(parent, () => unary({}));
    expect({ ...attempts[0]?.metadata }).toEqual({ "x-b": "2", "micro-from-service": "me" });
  });
});
