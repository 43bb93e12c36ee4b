import { afterEach, expect, test } from "@jest/globals";
import type { Context } from "../../../src/index.js";
import { cancel, credit, data, end, numberOf, route, call, frame } from "./frame-bytes.js";
import { errorIn, frameWorld, gate, handle, service, type FrameWorld } from "./frame-world.js";

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

const chunk = "x".repeat(8_192);
/** Messages of `chunk` that a window of 256 KiB lets pass, and the one that overdraws it. */
const windowful = 32;

const serverStream = { replyStream: true, requestStream: false };
const bidi = { replyStream: true, requestStream: true };
const clientStream = { requestStream: true };

/** A server whose streams count what they send and take. */
async function target(maxMessageBytes?: number) {
  open = frameWorld(maxMessageBytes === undefined ? {} : { server: { maxMessageBytes } });
  const [server, client] = [await open.node(), await open.node()];
  const seen = { sent: 0, taken: 0, aborted: 0, ended: 0 };
  const reading = gate();
  const count = ({ signal }: Context): void =>
    signal.addEventListener("abort", () => {
      seen.aborted++;
    });
  handle(
    server,
    "T.Count",
    async function* (_: unknown, context: Context) {
      count(context);
      try {
        for (; seen.sent < 1_000; seen.sent++) yield { chunk };
      } finally {
        seen.ended++;
      }
    },
    serverStream,
  );
  handle(
    server,
    "T.Echo",
    async function* (requests: AsyncIterable<unknown>, context: Context) {
      count(context);
      for await (const request of requests) {
        seen.taken++;
        yield request;
      }
      seen.ended++;
    },
    bidi,
  );
  handle(
    server,
    "T.Sum",
    async (requests: AsyncIterable<unknown>) => {
      await reading.opened;
      for await (const _ of requests) seen.taken++;
      return { taken: seen.taken };
    },
    clientStream,
  );
  handle(server, "T.Quick", (request: unknown) => request);
  await server.start();
  const request = (endpoint: string, shape: object, body: unknown) =>
    client.client.newRequest(service, { endpoint, ...shape }, body);
  return { ...open, server, client: client.client, seen, reading, request };
}

test("a reader that does not read stops its sender at the window, and goes on when it reads", async () => {
  const { client, request, seen, settle } = await target();
  const stream = client.stream(request("T.Count", serverStream, {}));
  const replies = stream[Symbol.asyncIterator]();
  await replies.next();
  await settle();
  expect(seen.sent).toBeGreaterThanOrEqual(windowful - 1);
  expect(seen.sent).toBeLessThan(windowful * 2);
  let count = 1;
  for (let next = await replies.next(); !next.done; next = await replies.next()) count++;
  expect([count, seen.sent, seen.ended]).toEqual([1_000, 1_000, 1]);
});

test("a handler that does not read stops a caller at the window", async () => {
  const { client, request, reading, settle } = await target();
  let made = 0;
  const requests = (async function* () {
    for (; made < 500; made++) yield { chunk };
  })();
  const call = client.call(request("T.Sum", clientStream, requests));
  await settle();
  expect(made).toBeGreaterThanOrEqual(windowful - 2);
  expect(made).toBeLessThanOrEqual(windowful + 1);
  reading.open();
  expect(await call).toEqual({ taken: 500 });
});

test("while a stream is held back, other calls of its connection are not", async () => {
  const { client, request, settle } = await target();
  const stream = client.stream(request("T.Count", serverStream, {}));
  const replies = stream[Symbol.asyncIterator]();
  await replies.next();
  await settle();
  expect(await client.call(client.newRequest(service, "T.Quick", { a: 1 }))).toEqual({ a: 1 });
  await replies.return?.();
});

test("a reader that leaves frees the handler", async () => {
  const { client, request, seen, settle } = await target();
  for await (const _ of client.stream(request("T.Count", serverStream, {}))) break;
  await settle();
  expect(seen).toMatchObject({ aborted: 1, ended: 1 });
});

test("both directions at once, and a half close", async () => {
  const { client, request } = await target();
  const requests = (async function* () {
    for (let index = 0; index < 300; index++) yield { index, chunk };
  })();
  let index = 0;
  for await (const reply of client.stream(request("T.Echo", bidi, requests)))
    expect(reply).toEqual({ index: index++, chunk });
  expect(index).toBe(300);
});

test("a peer that sends on over the window ends its connection", async () => {
  const { speak, server, settle, warnings } = await target();
  const peer = await speak(server);
  peer.send(route(0, "T.Sum", "client-stream"), call(numberOf(0), 0, { body: "" }));
  await settle();
  for (let sent = 0; sent < windowful; sent++) peer.send(data(numberOf(0), { chunk }));
  await settle();
  expect(peer.raw.ended).toBe(false);
  for (let sent = 0; sent < 4; sent++) peer.send(data(numberOf(0), { chunk }));
  await settle();
  expect(peer.raw.ended).toBe(true);
  expect(warnings()).toHaveLength(1);
});

test("empty messages count against the window, too", async () => {
  const { speak, server, settle } = await target();
  const peer = await speak(server);
  peer.send(route(0, "T.Sum", "client-stream"), call(numberOf(0), 0, { body: "" }));
  peer.send(...Array.from({ length: 5_000 }, () => frame(5, numberOf(0))));
  await settle();
  expect(peer.raw.ended).toBe(true);
});

test("a raw peer gets no more than the window, then what it grants", async () => {
  const { speak, server, settle, seen } = await target();
  const peer = await speak(server);
  const number = numberOf(0);
  peer.send(route(0, "T.Count", "server-stream"), call(number, 0, { body: "" }));
  peer.send(data(number, {}));
  await settle();
  const first = peer.of(5, number).length;
  expect(first).toBeLessThanOrEqual(windowful);
  peer.send(credit(number, 80_000));
  await settle();
  const second = peer.of(5, number).length;
  expect(second - first).toBeGreaterThanOrEqual(9);
  expect(second - first).toBeLessThanOrEqual(11);
  peer.send(cancel(number));
  await settle();
  expect(peer.of(5, number)).toHaveLength(second);
  expect(seen).toMatchObject({ aborted: 1, ended: 1 });
  expect(peer.raw.ended).toBe(false);
});

test.each([1_010, 50_000])(
  "a message of %d bytes over a limit of 1,000 fails its stream alone",
  async (size) => {
    const { speak, server, settle, seen } = await target(1_000);
    const peer = await speak(server);
    peer.send(route(0, "T.Echo", "bidi-stream"), route(1, "T.Quick"));
    for (const place of [0, 1]) peer.send(call(numberOf(place), 0, { body: "" }));
    peer.send(data(numberOf(0), "x".repeat(size)), data(numberOf(1), "fits"), end(numberOf(1)));
    peer.send(call(numberOf(2), 1));
    await settle();
    expect(errorIn(peer.of(4, numberOf(0))[0])).toMatchObject({
      code: 413,
      reason: "transport.too-large",
    });
    expect(seen.aborted).toBeGreaterThanOrEqual(1);
    expect(peer.of(5, numberOf(1))[0]?.payload.toString()).toContain("fits");
    expect(peer.of(6, numberOf(1))).toHaveLength(1);
    expect(peer.of(3, numberOf(2))).toHaveLength(1);
  },
);

test("a caller that breaks off mid-stream aborts the handler", async () => {
  const { speak, server, settle, seen } = await target();
  const peer = await speak(server);
  peer.send(route(0, "T.Echo", "bidi-stream"), call(numberOf(0), 0, { body: "" }));
  peer.send(data(numberOf(0), 1));
  await settle();
  peer.raw.destroy();
  await settle();
  expect(seen).toMatchObject({ taken: 1, aborted: 1 });
});

test("a lost connection fails a stream with a typed error", async () => {
  const { client, request, settle, world, server } = await target();
  const replies = client.stream(request("T.Count", serverStream, {}))[Symbol.asyncIterator]();
  await replies.next();
  await settle();
  world.network.reset(server.server.address.split(":")[0] ?? "");
  await settle();
  const read = async (): Promise<void> => {
    for (let next = await replies.next(); !next.done; next = await replies.next());
  };
  await expect(read()).rejects.toMatchObject({ code: 503, reason: "transport.closed" });
});
