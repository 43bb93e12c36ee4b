import { afterEach, expect, test } from "@jest/globals";
import type { Context } from "../../../src/index.js";
import {
  begin,
  call,
  cancel,
  credit,
  data,
  end,
  frame,
  hello,
  numberOf,
  route,
} from "./frame-bytes.js";
import { ask, errorIn, frameWorld, handle, type FrameWorld } from "./frame-world.js";
import type { FrameWorldOptions } from "./frame-world.js";

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

/** A server with an echo, and proof that it serves on. */
async function target(options?: FrameWorldOptions) {
  open = frameWorld(options);
  const [server, client] = [await open.node(), await open.node()];
  const aborted: unknown[] = [];
  handle(server, "T.Echo", (request: unknown) => request);
  handle(server, "T.Wait", (_: unknown, context: Context) => {
    context.signal.addEventListener("abort", () => aborted.push(context.signal.reason));
    return new Promise(() => undefined);
  });
  const bidi = { replyStream: true, requestStream: true };
  handle(server, "T.S", (requests: AsyncIterable<unknown>) => requests, bidi);
  await server.start();
  const alive = async (): Promise<void> =>
    expect(await ask(client, "T.Echo", { alive: true })).toEqual({ alive: true });
  return { ...open, server, client, alive, aborted };
}

test("a preface and frames that come byte by byte are served", async () => {
  const { connect, server, settle, world } = await target();
  const raw = await connect(server);
  const bytes = Buffer.concat([begin, hello(), route(0, "T.Echo"), call(numberOf(0), 0)]);
  for (const byte of bytes) {
    raw.send(String.fromCharCode(byte));
    await world.clock.advance(10);
  }
  await settle();
  expect(raw.received).toContain("{}");
  expect(raw.ended).toBe(false);
});

test.each([
  ["after the first byte", "\0nonsense\r\n\r\n"],
  ["after three bytes", "\0PBnonsense\r\n\r\n"],
  ["in the version", "\0PB\u0002\r\n\r\n"],
])("what is no preface is refused as HTTP is: %s", async (_where, text) => {
  const { connect, server, alive } = await target();
  const raw = await connect(server);
  for (const byte of text) raw.send(byte);
  expect(await raw.untilEnd()).toMatch(/^HTTP\/1\.1 400 Bad Request/);
  await alive();
});

test.each([
  ["a part of a preface", begin.subarray(0, 2)],
  ["a preface", begin],
  ["a hello", Buffer.concat([begin, hello()])],
])("%s, then silence: closed after the idle time", async (_what, bytes) => {
  const { connect, server, world, alive } = await target();
  const raw = await connect(server);
  raw.send(bytes.toString("latin1"));
  await world.clock.advance(90_000);
  expect(raw.ended).toBe(false);
  await world.clock.advance(65_000);
  expect(raw.ended).toBe(true);
  await alive();
});

test.each([
  ["a head", frame(2, 1).subarray(0, 5)],
  ["a payload", frame(2, 1, "begun", 1_000)],
  ["one that is too long", frame(2, 1, "begun", 0x3000_0000)],
])("a frame that begins and does not end has half a minute: %s", async (_what, bytes) => {
  const { speak, server, world, alive } = await target();
  const peer = await speak(server);
  peer.send(bytes);
  await world.clock.advance(25_000);
  expect(peer.raw.ended).toBe(false);
  await world.clock.advance(20_000);
  expect(peer.raw.ended).toBe(true);
  await alive();
});

test("a byte now and then does not buy time", async () => {
  const { speak, server, world } = await target();
  const peer = await speak(server);
  peer.send(frame(2, 1, "", 1_000_000));
  for (let sent = 0; sent < 45; sent++) {
    peer.send(Buffer.of(0));
    await world.clock.advance(1_000);
  }
  expect(peer.raw.ended).toBe(true);
});

test.each([
  ["a route out of turn", [route(1, "T.Echo")]],
  ["a route named twice", [route(0, "T.Echo"), route(0, "T.Echo")]],
  ["a route of a very long name", [route(0, `T.${"e".repeat(1_023)}`)]],
  ["a route that is cut off", [frame(1, 0, Buffer.of(0, 0, 0, 9, 1))]],
  ["a call of no route", [call(numberOf(0), 0)]],
  ["a call that is cut off", [route(0, "T.Echo"), frame(2, 1, Buffer.of(0, 0))]],
  ["a number that is taken", [route(0, "T.Wait"), call(9, 0), call(9, 0)]],
  ["a place that is taken", [route(0, "T.Wait"), call(9, 0), call(65_536 + 9, 0)]],
  ["a number far ahead", [route(0, "T.Echo"), call(numberOf(2_000), 0)]],
  ["an absurd length", [frame(2, 1, "", 0x4000_0000)]],
  ["a hello that is cut off", [frame(0, 0, "abc")]],
  ["a credit that is cut off", [route(0, "T.Wait"), call(1, 0), frame(8, 1, "abc")]],
  ["HTTP", [Buffer.from("POST / HTTP/1.1\r\n\r\n")]],
  ["too many routes", Array.from({ length: 4_097 }, (_, index) => route(index, "T.Echo"))],
  [
    "a message after a half close",
    [route(0, "T.S", "bidi-stream"), call(1, 0), frame(6, 1), frame(5, 1)],
  ],
  ["two half closes", [route(0, "T.S", "bidi-stream"), call(1, 0), frame(6, 1), frame(6, 1)]],
])("%s ends the connection, with a warning", async (_what, bytes) => {
  const { speak, server, settle, alive, warnings } = await target();
  const peer = await speak(server);
  await settle();
  peer.send(...bytes);
  await settle();
  expect(peer.raw.ended).toBe(true);
  expect(warnings()).toMatchObject([
    {
      message: "a connection is given up: its peer breaks the protocol",
      fields: { peer: expect.stringContaining("10.9.9.9:"), error: expect.any(String) },
    },
  ]);
  await alive();
});

test("4,096 routes are taken", async () => {
  const { speak, server, settle } = await target();
  const peer = await speak(server);
  peer.send(...Array.from({ length: 4_096 }, (_, index) => route(index, "T.Echo")));
  peer.send(call(numberOf(0), 4_095, { body: { last: 1 } }));
  await settle();
  expect(peer.of(3, numberOf(0))[0]?.payload.toString()).toContain('{"last":1}');
});

test("kinds of later versions, and what belongs to no call, are passed over", async () => {
  const { speak, server, settle, warnings } = await target();
  const peer = await speak(server);
  const stray = [frame(99, 5, "news"), frame(5, 77, "x"), frame(6, 78), cancel(79), credit(80, 1)];
  peer.send(route(0, "T.Echo"), ...stray, call(numberOf(0), 0));
  await settle();
  expect(peer.of(3, numberOf(0))).toHaveLength(1);
  expect(warnings()).toEqual([]);
});

test("metadata over the limit fails its call alone: 431", async () => {
  const { speak, server, settle } = await target({ server: { maxHeaderBytes: 1_000 } });
  const peer = await speak(server);
  peer.send(
    route(0, "T.Echo"),
    call(numberOf(0), 0, { metadata: { big: "x".repeat(1_000) } }),
    call(numberOf(1), 0, { metadata: { small: "x".repeat(900) } }),
  );
  await settle();
  expect(errorIn(peer.of(4, numberOf(0))[0])).toMatchObject({
    code: 431,
    reason: "transport.headers-too-large",
    retry: "never",
  });
  expect(peer.of(3, numberOf(1))).toHaveLength(1);
});

test.each([1_001, 1_040, 20_000, 3_000_000])(
  "a request of %d bytes over a limit of 1,000 fails its call alone: 413",
  async (size) => {
    const { speak, server, settle } = await target({ server: { maxMessageBytes: 1_000 } });
    const peer = await speak(server);
    const body = "x".repeat(size - 2);
    peer.send(route(0, "T.Echo"), call(numberOf(0), 0, { body }), call(numberOf(1), 0));
    await settle();
    expect(errorIn(peer.of(4, numberOf(0))[0])).toMatchObject({
      code: 413,
      reason: "transport.too-large",
    });
    expect(peer.of(3, numberOf(1))).toHaveLength(1);
  },
);

test("a request as long as the limit is taken", async () => {
  const { speak, server, settle } = await target({ server: { maxMessageBytes: 1_000 } });
  const peer = await speak(server);
  peer.send(route(0, "T.Echo"), call(numberOf(0), 0, { body: "x".repeat(998) }));
  await settle();
  expect(peer.of(3, numberOf(0))).toHaveLength(1);
});

test("a cancel frees the handler, and nothing is answered", async () => {
  const { speak, server, settle, aborted } = await target();
  const peer = await speak(server);
  peer.send(route(0, "T.Wait"), call(numberOf(0), 0));
  await settle();
  expect(aborted).toEqual([]);
  peer.send(cancel(numberOf(0)), call(numberOf(0, 2), 0));
  await settle();
  expect(aborted).toMatchObject([{ reason: "server.caller-gone" }]);
  expect([...peer.of(3), ...peer.of(4)]).toEqual([]);
  peer.raw.destroy();
  await settle();
  expect(aborted).toHaveLength(2);
});

test("a reset aborts what is being served", async () => {
  const { speak, server, settle, aborted, world, alive } = await target();
  const peer = await speak(server);
  peer.send(route(0, "T.Wait"), ...Array.from({ length: 50 }, (_, place) => call(place, 0)));
  await settle();
  world.network.reset("10.9.9.9");
  await settle();
  expect(aborted).toHaveLength(50);
  await alive();
});

test("a call of an unknown endpoint, type or shape fails alone", async () => {
  const { speak, server, settle } = await target();
  const peer = await speak(server);
  peer.send(route(0, "T.None"), route(1, "T.Echo", "bidi-stream"), route(2, "T.Echo"));
  peer.send(call(1, 0), call(2, 1), call(3, 2));
  await settle();
  expect(errorIn(peer.of(4, 1)[0])).toMatchObject({ code: 404 });
  expect(errorIn(peer.of(4, 2)[0])).toMatchObject({ code: 405 });
  expect(peer.of(3, 3)).toHaveLength(1);
});

test("a stream whose metadata cannot be read fails alone, and gives its place back", async () => {
  const { speak, server, settle, alive } = await target({ server: { maxConcurrentCalls: 2 } });
  const peer = await speak(server);
  const torn = call(1, 0, { metadata: { name: "value" } });
  torn[12 + 4] = 200; // the name is longer than the block
  for (let number = 1; number <= 5; number++) {
    torn.writeUInt32BE(number, 5);
    peer.send(...(number === 1 ? [route(0, "T.S", "bidi-stream")] : []), torn);
  }
  await settle();
  for (let number = 1; number <= 5; number++)
    expect(errorIn(peer.of(4, number)[0])).toMatchObject({ reason: "frames.malformed" });
  peer.send(call(6, 0), data(6, { still: 1 }), end(6));
  await settle();
  expect(peer.of(5, 6)).toHaveLength(1);
  await alive();
});

test("a peer that asks for signs of life gets them, of eight bytes at most", async () => {
  const { speak, server, settle } = await target();
  const peer = await speak(server);
  peer.send(frame(10, 0, "abc"), frame(10, 0, "0123456789"));
  await settle();
  expect(peer.of(11).map(({ payload }) => payload.toString())).toEqual(["abc", "01234567"]);
});

test("a call that takes long keeps a connection whose peer answers", async () => {
  const { speak, server, settle, world } = await target();
  const peer = await speak(server);
  peer.send(route(0, "T.Wait"), call(1, 0));
  for (let minute = 0; minute < 10; minute++) {
    await world.clock.advance(60_000);
    for (const { payload } of peer.of(10).slice(-1)) peer.send(frame(11, 0, payload));
  }
  await settle();
  expect(peer.raw.ended).toBe(false);
  await world.clock.advance(150_000);
  expect(peer.raw.ended).toBe(true);
});
