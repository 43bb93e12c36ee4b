import { afterEach, expect, jest, test } from "@jest/globals";
import type { CallOptions, Context } from "../../../src/index.js";
import { Conflict, NotFound } from "../../../src/index.js";
import type { RpcServerOptions } from "../../../src/server/rpc-server.js";
import { rpcClient } from "../../../src/client/rpc-client.js";
import { ask, errorOf, frameWorld, gate, handle, service, type FrameWorld } from "./frame-world.js";
import { unhandledRejections } from "./mutate.js";

// Ten thousand streams take their time on a machine under load.
jest.setTimeout(180_000);

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

const serverStream = { replyStream: true, requestStream: false };
const bidi = { replyStream: true, requestStream: true };
const clientStream = { requestStream: true };
const chunk = "x".repeat(8_192);
/** Messages of `chunk` that may be under way or unread, the last of which overdraws, and one in hand. */
const bound = 34;

type Replies = AsyncIterator<Record<string, unknown>>;

/** A server of streams that tells what becomes of them. */
async function target(server: RpcServerOptions = {}, maxMessageBytes = 4_194_304) {
  open = frameWorld({ server });
  const [to, from] = [
    await open.node(),
    await open.node({}, { client: rpcClient({ maxMessageBytes }) }),
  ];
  const seen = { sent: 0, taken: 0, ended: 0, reasons: [] as unknown[] };
  const stuck = gate();
  const noting = ({ signal }: Context): void =>
    signal.addEventListener("abort", () => seen.reasons.push(signal.reason));
  handle(
    to,
    "T.Count",
    async function* ({ count = 1_000, text = chunk }: { count?: number; text?: string }, context) {
      noting(context);
      try {
        for (let index = 0; index < count; index++) {
          seen.sent++;
          yield { index, text };
        }
      } finally {
        seen.ended++;
      }
    },
    serverStream,
  );
  handle(
    to,
    "T.Fail",
    async function* ({ after }: { after: number }) {
      for (let index = 0; index < after; index++) yield { index };
      await Promise.resolve();
      throw new Conflict("taken", { reason: "seats.taken" });
    },
    serverStream,
  );
  handle(
    to,
    "T.Stuck",
    async function* (_: unknown, context: Context) {
      noting(context);
      yield { index: 0 };
      await stuck.opened;
      yield { index: 1 };
    },
    serverStream,
  );
  handle(
    to,
    "T.Echo",
    async function* (requests: AsyncIterable<unknown>, context: Context) {
      noting(context);
      try {
        for await (const request of requests) {
          seen.taken++;
          yield request;
        }
      } finally {
        seen.ended++;
      }
    },
    bidi,
  );
  handle(
    to,
    "T.First",
    async function* (requests: AsyncIterable<unknown>) {
      for await (const request of requests) {
        yield request;
        return;
      }
    },
    bidi,
  );
  handle(
    to,
    "T.Sum",
    async (requests: AsyncIterable<{ n: number }>) => {
      let sum = 0;
      for await (const { n } of requests) sum += n;
      return { sum };
    },
    clientStream,
  );
  await to.start();
  const { client } = from;
  const call = (endpoint: string, shape: object, body: unknown, options?: CallOptions) =>
    client.stream(client.newRequest(service, { endpoint, ...shape }, body), options);
  const read = (endpoint: string, shape: object, body: unknown, options?: CallOptions): Replies =>
    call(endpoint, shape, body, options)[Symbol.asyncIterator]() as Replies;
  return { ...open, to, from, seen, stuck, call, read };
}

/** What a reader gets until the end, and how that came. */
async function drained(replies: Replies) {
  const items: unknown[] = [];
  try {
    for (let next = await replies.next(); !next.done; next = await replies.next())
      items.push(next.value);
  } catch (error) {
    return { items, error };
  }
  return { items, error: undefined };
}

test("a slow reader never has more than the window ahead of it, and gets everything in order", async () => {
  const { read, seen, settle } = await target();
  const replies = read("T.Count", serverStream, { count: 200 });
  let most = 0;
  for (let index = 0; index < 200; index++) {
    const { value } = (await replies.next()) as { value: unknown };
    expect((value as { index: number }).index).toBe(index);
    await settle();
    most = Math.max(most, seen.sent - index - 1);
  }
  expect((await replies.next()).done).toBe(true);
  expect(most).toBeLessThanOrEqual(bound);
  expect(most).toBeGreaterThan(bound / 3);
});

test("both ways: a caller that does not read stops the handler, which stops the caller", async () => {
  const { read, seen, settle } = await target();
  let made = 0;
  const requests = (async function* () {
    for (; made < 500; made++) yield { index: made, chunk };
  })();
  const replies = read("T.Echo", bidi, requests);
  await replies.next();
  await settle();
  expect(seen.taken).toBeLessThanOrEqual(bound);
  expect(made).toBeLessThanOrEqual(2 * bound);
  expect((await drained(replies)).items).toHaveLength(499);
  expect([made, seen.taken]).toEqual([500, 500]);
});

test("an error after replies is read after them, with its class", async () => {
  const { read } = await target();
  const { items, error } = await drained(read("T.Fail", serverStream, { after: 100 }));
  expect(items).toHaveLength(100);
  expect(error).toBeInstanceOf(Conflict);
  expect(error).toMatchObject({ code: 409, reason: "seats.taken", detail: "taken" });
  const none = await drained(read("T.Fail", serverStream, { after: 0 }));
  expect([none.items, (none.error as Conflict).reason]).toEqual([[], "seats.taken"]);
});

test("leaving the loop ends the handler's generator, whether it waits for credit or works", async () => {
  const { call, seen, settle } = await target();
  for await (const _ of call("T.Count", serverStream, {})) break;
  await settle();
  expect(seen).toMatchObject({ ended: 1, reasons: [{ reason: "server.caller-gone" }] });
  expect(seen.sent).toBeLessThanOrEqual(bound);
});

test("a handler that has enough ends the caller's requests", async () => {
  const { read, settle } = await target();
  let ended = 0;
  const requests = (async function* () {
    try {
      for (let index = 0; ; index++) yield { index, chunk };
    } finally {
      ended++;
    }
  })();
  const { items, error } = await drained(read("T.First", bidi, requests));
  await settle();
  expect([items.length, error, ended]).toEqual([1, undefined, 1]);
});

test("a caller's signal ends a stream at once: what was not read is not read any more", async () => {
  const { read, seen, settle } = await target();
  const caller = new AbortController();
  const replies = read("T.Count", serverStream, {}, { signal: caller.signal });
  await replies.next();
  await settle();
  caller.abort();
  await expect(replies.next()).rejects.toMatchObject({ reason: "client.canceled" });
  expect(await replies.next()).toEqual({ done: true, value: undefined });
  await settle();
  expect(seen).toMatchObject({ ended: 1, reasons: [{ reason: "server.caller-gone" }] });
});

test("a caller's signal ends a read that waits, and the requests", async () => {
  const { read, seen, settle } = await target();
  const caller = new AbortController();
  let ended = false;
  const requests: AsyncIterable<unknown> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: () => {
        ended = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  const waiting = read("T.Echo", bidi, requests, { signal: caller.signal }).next();
  await settle();
  caller.abort();
  await expect(waiting).rejects.toMatchObject({ reason: "client.canceled" });
  await settle();
  expect([ended, seen.ended]).toEqual([true, 1]);
});

test("a stop of the service that cuts a stream off is told to its caller", async () => {
  const { to, read, settle, world, seen } = await target();
  const replies = read("T.Stuck", serverStream, {});
  await replies.next();
  const next = errorOf(replies.next());
  const stopped = to.server.stop({ timeoutMs: 1_000 });
  await world.clock.advance(1_500);
  expect(await next).toMatchObject({ code: 503, reason: "server.stopped" });
  expect(await stopped).toEqual({ cut: 1 });
  await settle();
  expect(seen.reasons).toMatchObject([{ reason: "server.stopped" }]);
});

test("a drain lets a stream end in its own time", async () => {
  const { to, read, stuck, world } = await target();
  const replies = read("T.Stuck", serverStream, {});
  await replies.next();
  const stopped = to.server.stop();
  await world.clock.advance(2_000);
  stuck.open();
  expect(await drained(replies)).toEqual({ items: [{ index: 1 }], error: undefined });
  await world.clock.advance(2_000);
  expect(await stopped).toEqual({ cut: 0 });
});

test("a stream over its deadline ends on both sides", async () => {
  const { read, settle, world, seen } = await target();
  const replies = read("T.Stuck", serverStream, {}, { timeoutMs: 1_000 });
  await replies.next();
  const late = errorOf(replies.next());
  await world.clock.advance(1_001);
  expect(await late).toMatchObject({ code: 408, reason: "client.timeout" });
  await settle();
  expect(seen.reasons).toHaveLength(1);
});

test.each([
  ["over the server's limit", { maxMessageBytes: 10_000 }, undefined],
  ["over the caller's limit", {}, 10_000],
])("a message %s fails its stream alone: 413", async (_what, server, most) => {
  using unhandled = unhandledRejections();
  const { read, seen, settle } = await target(server, most);
  const small = gate();
  const requests = (async function* () {
    yield { small: 1 };
    await small.opened;
    yield { large: "x".repeat(20_000) };
  })();
  const large = most
    ? read("T.Count", serverStream, { text: "x".repeat(20_000) })
    : read("T.Echo", bidi, requests);
  const beside = read("T.Count", serverStream, { count: 3, text: "" });
  expect(await beside.next()).toMatchObject({ value: { index: 0 } });
  if (!most) expect(await large.next()).toMatchObject({ value: { small: 1 } });
  small.open();
  expect((await drained(large)).error).toMatchObject({ code: 413, reason: "transport.too-large" });
  expect((await drained(beside)).items).toHaveLength(2);
  await settle();
  expect(seen.ended).toBe(2);
  expect(unhandled.seen).toEqual([]);
});

test("a request that cannot be written fails its stream", async () => {
  const { read, seen, settle } = await target();
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  expect((await drained(read("T.Count", serverStream, circle))).error).toMatchObject({ code: 400 });
  await settle();
  expect(seen.sent).toBe(0);
});

test("an endpoint that is not there, or has another shape, refuses its streams", async () => {
  const { read } = await target();
  const requests = async function* () {
    yield await Promise.resolve({});
  };
  await expect(read("T.None", bidi, requests()).next()).rejects.toBeInstanceOf(NotFound);
  await expect(read("T.Count", bidi, requests()).next()).rejects.toMatchObject({
    code: 405,
    reason: "server.wrong-shape",
  });
});

test("a lost connection ends a stream on both sides, after what had come", async () => {
  const { read, settle, world, to, seen } = await target();
  const replies = read("T.Count", serverStream, {});
  await replies.next();
  await settle();
  world.network.reset(to.environment.network.hostname());
  await settle();
  const { items, error } = await drained(replies);
  expect(items.length).toBeGreaterThan(bound / 2);
  expect(error).toMatchObject({ code: 503, reason: "transport.closed" });
  expect(seen).toMatchObject({ ended: 1, reasons: [{ reason: "server.caller-gone" }] });
});

test("a client stream is answered once, and fails when its requests do", async () => {
  const { from } = await target();
  const { client } = from;
  const sum = (requests: AsyncIterable<unknown>) =>
    client.call(client.newRequest(service, { endpoint: "T.Sum", ...clientStream }, requests));
  const numbers = async function* (failure?: Error) {
    for (let n = 0; n < 5_000; n++) yield { n };
    await Promise.resolve();
    if (failure) throw failure;
  };
  expect(await sum(numbers())).toEqual({ sum: 12_497_500 });
  const failure = new Conflict("no more");
  await expect(sum(numbers(failure))).rejects.toBe(failure);
});

test("streams are counted, and those that failed", async () => {
  const { from, read } = await target();
  await drained(read("T.Count", serverStream, { count: 2 }));
  await drained(read("T.Fail", serverStream, { after: 2 }));
  expect(await ask(from, "Debug.Stats")).toMatchObject({ requests: "3", errors: "1" });
});

test("10,000 streams at once on one connection open and end", async () => {
  const { read, seen, settle } = await target({ maxConcurrentCalls: 10_000 });
  const ready = gate();
  const streams = Array.from({ length: 10_000 }, (_, index) => {
    const requests = (async function* () {
      yield { index };
      await ready.opened;
      yield { index };
    })();
    return read("T.Echo", bidi, requests);
  });
  const firsts = await Promise.all(streams.map((replies) => replies.next()));
  expect(firsts.every(({ value }, index) => (value as { index: number }).index === index)).toBe(
    true,
  );
  expect([seen.taken, seen.ended]).toEqual([10_000, 0]);
  ready.open();
  const ends = await Promise.all(streams.map(drained));
  expect(ends.every(({ items, error }) => items.length === 1 && error === undefined)).toBe(true);
  await settle();
  expect([seen.taken, seen.ended]).toEqual([20_000, 10_000]);
});
