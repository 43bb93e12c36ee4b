import { afterEach, expect, test } from "@jest/globals";
import { RpcError } from "../../../src/index.js";
import { data, end, frame, hello, reply } from "./frame-bytes.js";
import { askAgain, ask, errorOf, frameWorld, service, type FrameWorld } from "./frame-world.js";
import { hostileServer, type Caught } from "./hostile-server.js";
import { Chance, mutated, unhandledRejections } from "./mutate.js";

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

const refusal = JSON.stringify({ id: "s", code: 409, detail: "no", status: "Conflict" });
const kindCall = 2;

const inputs = 2_000;

test(`${inputs} answers with faults: each call ends in time, well or with a typed error`, async () => {
  using unhandled = unhandledRejections();
  open = frameWorld();
  const { node, world } = open;
  const client = await node();
  const chance = new Chance(20_260_102);
  const answered = new WeakMap<Caught, number>();
  await hostileServer(open, client, (caught) => {
    const calls = caught.frames.filter(({ kind }) => kind === kindCall);
    const fresh = calls.slice(answered.get(caught) ?? 0);
    if (fresh.length === 0) return;
    const first = answered.has(caught) ? [] : [hello("", 4_194_304)];
    answered.set(caught, calls.length);
    const replies = fresh.flatMap(({ call }, index) => [
      ...(index % 3 === 0 ? [frame(4, call, refusal)] : []),
      ...(index % 3 === 1 ? [data(call, { part: 1 }), end(call)] : []),
      ...(index % 3 === 2 ? [reply(call, { fine: true })] : []),
      frame(10, 0, "ping"),
    ]);
    caught.send(...mutated([...first, ...replies], chance));
  });
  let failed = 0;
  for (let input = 0; input < inputs; input += 50) {
    const request = { endpoint: "T.Stream", replyStream: true, requestStream: false };
    const read = async (): Promise<void> => {
      const made = client.client.newRequest(service, request, {});
      for await (const _ of client.client.stream(made, { timeoutMs: 1_000 }));
    };
    const calls = Array.from({ length: 50 }, (_, index) => {
      if (index % 3 === 1) return read();
      const how = index % 2 === 0 ? ask : askAgain;
      return how(client, "T.Echo", { input }, { timeoutMs: 1_000 });
    });
    let settled = 0;
    for (const each of calls)
      void each.then(
        () => {
          settled++;
        },
        (error: unknown) => {
          settled++;
          failed++;
          expect(error).toBeInstanceOf(RpcError);
        },
      );
    await world.clock.advance(1_100);
    expect(settled).toBe(50);
  }
  expect(failed).toBeGreaterThan(0);
  expect(unhandled.seen).toEqual([]);
}, 60_000);

/** A caller whose only node answers calls with these bytes. */
async function against(...bytes: readonly Uint8Array[]) {
  open = frameWorld();
  const client = await open.node();
  const { caught } = await hostileServer(open, client, (one) => {
    if (one.frames.some(({ kind }) => kind === kindCall)) one.send(...bytes);
  });
  return { ...open, client, caught };
}

test.each([
  ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["an absurd length", frame(3, 1, "", 0xffff_ffff)],
  ["a hello that is cut off", frame(0, 0, "a")],
  ["a credit that is cut off", frame(8, 65_536, "a")],
])(
  "%s in the place of an answer: the call fails, typed, the connection is left",
  async (_what, bytes) => {
    const { client, settle, caught } = await against(bytes);
    const error = await errorOf(ask(client, "T.Echo"));
    expect(error).toMatchObject({ code: 503, reason: "transport.closed" });
    await settle();
    expect(caught[0]?.raw.ended).toBe(true);
  },
);

test.each([
  ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["a hello that is cut off", frame(0, 0, "a")],
])(
  "%s in the place of a hello: nothing was begun, the connection is left",
  async (_what, bytes) => {
    open = frameWorld();
    const client = await open.node();
    const { caught } = await hostileServer(open, client, () => undefined, bytes);
    const error = await errorOf(ask(client, "T.Echo", {}, { retries: 0 }));
    expect(error).toMatchObject({ code: 503, reason: "transport.closed", retry: "safe" });
    expect(error).toBeInstanceOf(RpcError);
    await open.settle();
    expect(caught.map(({ raw }) => raw.ended)).toEqual([true]);
    expect(caught[0]?.frames.filter(({ kind }) => kind === kindCall)).toEqual([]);
  },
);

test("an error that is no JSON, and a reply that is none, fail their call alone", async () => {
  const { client } = await against(frame(4, 65_536, "not json"), frame(3, 65_537, "not json"));
  const [first, second] = [ask(client, "T.Echo"), ask(client, "T.Echo")];
  expect((await errorOf(first)).detail).toContain("not json");
  expect(await errorOf(second)).toMatchObject({ reason: "client.bad-reply" });
});

test("more messages of a stream than were allowed end the connection", async () => {
  open = frameWorld();
  const { node, settle } = open;
  const client = await node();
  const { caught } = await hostileServer(open, client, () => undefined);
  const request = { endpoint: "T.Stream", replyStream: true, requestStream: false };
  const made = client.client.newRequest(service, request, {});
  const replies = client.client.stream(made)[Symbol.asyncIterator]();
  const first = replies.next();
  await settle();
  const flood = data(65_536, { chunk: "x".repeat(8_000) });
  for (let sent = 0; sent < 40; sent++) caught[0]?.send(flood);
  expect(await first).toMatchObject({ done: false });
  await settle();
  expect(caught[0]?.raw.ended).toBe(true);
});

test("a server that says to go and never closes keeps no connection", async () => {
  const { client, settle, caught } = await against(frame(9, 0), reply(65_536, { last: 1 }));
  expect(await ask(client, "T.Echo")).toEqual({ last: 1 });
  await settle();
  expect(caught[0]?.raw.ended).toBe(true);
  expect(await ask(client, "T.Echo")).toEqual({ last: 1 });
  expect(caught).toHaveLength(2);
});
