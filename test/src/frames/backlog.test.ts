import { afterEach, expect, jest, test } from "@jest/globals";
import { httpTransport } from "../../../plugins/transport/http/index.js";
import type { Connection, ConnectionListener, Environment } from "../../../src/spi.js";
import { Transport, type Plugin } from "../../../src/spi.js";
import { definePlugin } from "../../../src/plugin/plugin.js";
import { call, cancel, data, end, frame, numberOf, route } from "./frame-bytes.js";
import { ask, errorIn, errorOf, frameWorld, handle, type FrameWorld } from "./frame-world.js";

// Tens of megabytes pass, which takes its time on a machine under load.
jest.setTimeout(60_000);

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

/** A connection whose peer stops taking bytes when told to. */
class Stalling implements Connection {
  stalled = false;
  paused = false;
  private held: Uint8Array[] = [];
  private listener: ConnectionListener | undefined;

  constructor(private readonly inner: Connection) {}

  get remoteAddress(): string {
    return this.inner.remoteAddress;
  }

  get queuedBytes(): number {
    return this.held.reduce((sum, { length }) => sum + length, 0);
  }

  listen(listener: ConnectionListener): void {
    this.listener = listener;
    this.inner.listen(listener);
  }

  write(bytes: Uint8Array): boolean {
    if (!this.stalled) return this.inner.write(bytes);
    this.held.push(bytes.slice());
    return false;
  }

  /** The peer takes what waits. */
  release(): void {
    this.stalled = false;
    for (const bytes of this.held.splice(0)) this.inner.write(bytes);
    this.listener?.drain?.();
  }

  pause(): void {
    this.paused = true;
    this.inner.pause();
  }

  resume(): void {
    this.paused = false;
    this.inner.resume();
  }

  end(): void {
    this.inner.end();
  }

  destroy(): void {
    this.held = [];
    this.inner.destroy();
  }
}

/** The http transport over connections that can stall. */
function stalling(): { readonly plugin: Plugin<Transport>; readonly connections: Stalling[] } {
  const connections: Stalling[] = [];
  const wrap = (connection: Connection): Connection => {
    const made = new Stalling(connection);
    connections.push(made);
    return made;
  };
  const around = ({ network, ...rest }: Environment): Environment => ({
    ...rest,
    network: {
      connect: async (...how) => wrap(await network.connect(...how)),
      listen: (host, port, accept) => network.listen(host, port, (each) => accept(wrap(each))),
      datagram: (options) => network.datagram(options),
      secureContext: (material) => network.secureContext(material),
      addresses: () => network.addresses(),
      hostname: () => network.hostname(),
    },
  });
  const plugin = definePlugin(Transport, "http", (environment) =>
    httpTransport().create(around(environment)),
  );
  return { plugin, connections };
}

const million = "x".repeat(1_000_000);

/** A server whose connections can stall, and a raw peer of it. */
async function target() {
  open = frameWorld();
  const { plugin, connections } = stalling();
  const server = await open.node({}, { transport: plugin });
  let served = 0;
  handle(server, "T.Big", () => {
    served++;
    return { million };
  });
  handle(server, "T.Small", () => ({ served: ++served }));
  handle(server, "T.Echo", (request) => request);
  handle(
    server,
    "T.Chat",
    async function* (requests: AsyncIterable<unknown>) {
      for await (const request of requests) yield request;
    },
    { replyStream: true, requestStream: true },
  );
  await server.start();
  const peer = await open.speak(server);
  peer.send(route(0, "T.Big"), route(1, "T.Small"), route(2, "T.Echo"));
  await open.settle();
  const connection = connections[0];
  if (!connection) throw new Error("nobody connected");
  return { ...open, server, peer, connection, served: () => served };
}

test("beyond 32 MiB of answers that wait, calls are refused as safe to retry, not begun", async () => {
  const { peer, connection, settle, served } = await target();
  connection.stalled = true;
  for (let place = 0; place < 40; place++) {
    peer.send(call(numberOf(place), 0));
    await settle();
  }
  expect(served()).toBeLessThanOrEqual(35);
  const done = served();
  peer.send(call(numberOf(50), 1));
  await settle();
  expect([served(), connection.paused]).toEqual([done, false]);
  connection.release();
  await settle();
  expect(errorIn(peer.of(4, numberOf(50))[0])).toMatchObject({
    code: 503,
    reason: "transport.closed",
    retry: "safe",
  });
  expect(peer.of(3)).toHaveLength(done);
  peer.send(call(numberOf(60), 1));
  await settle();
  expect(peer.of(3, numberOf(60))).toHaveLength(1);
});

test("a peer that takes nothing is closed, however much it says", async () => {
  const { peer, connection, settle, world } = await target();
  connection.stalled = true;
  peer.send(call(numberOf(0), 0));
  for (let second = 0; second < 45; second++) {
    peer.send(frame(10, 0, "ping"));
    await world.clock.advance(1_000);
  }
  await settle();
  expect(peer.raw.ended).toBe(true);
});

test("refusals that nobody takes stop the reading at 64 MiB; it goes on when they are taken", async () => {
  const { peer, connection, settle, served } = await target();
  connection.stalled = true;
  for (let place = 0; place < 70; place++) peer.send(call(numberOf(place), 0));
  await settle();
  const flood = Buffer.concat(
    Array.from({ length: 4_000 }, (_, index) => call(numberOf(index % 900, 5 + index), 1)),
  );
  for (let round = 0; round < 60 && !connection.paused; round++) {
    peer.send(flood);
    await settle();
  }
  expect(connection.paused).toBe(true);
  expect(connection.queuedBytes).toBeLessThan(80_000_000);
  const before = served();
  connection.release();
  await settle();
  expect(connection.paused).toBe(false);
  peer.send(call(numberOf(100, 9_999), 1));
  await settle();
  expect(served()).toBeGreaterThan(before);
});

test("a caller whose peer takes nothing is told that the connection is busy", async () => {
  open = frameWorld();
  const { plugin, connections } = stalling();
  const [server, client] = [await open.node(), await open.node({}, { transport: plugin })];
  handle(server, "T.Echo", () => ({}));
  await server.start();
  await ask(client, "T.Echo");
  const connection = connections[0];
  if (!connection) throw new Error("nobody connected");
  connection.stalled = true;
  const calls = Array.from({ length: 34 }, () => ask(client, "T.Echo", { million }));
  await open.settle();
  const refused = ask(client, "T.Echo");
  await open.world.clock.advance(1_000);
  expect(await errorOf(refused)).toMatchObject({ reason: "transport.busy", retry: "safe" });
  connection.release();
  await Promise.all(calls);
});

/** Calls with large replies that come all at once. */
const bigCalls = Array.from({ length: 20 }, (_, place) => call(numberOf(place), 0));

test("many large replies of one peer hold up no call of another", async () => {
  const { server, peer, settle, speak } = await target();
  const other = await speak(server);
  other.send(route(0, "T.Small"));
  await settle();
  peer.send(...bigCalls);
  other.send(call(numberOf(0), 0));
  await settle();
  const [reply] = other.of(3, numberOf(0));
  const { served } = JSON.parse(reply!.payload.toString()) as { served: number };
  expect(served).toBeLessThan(10);
  expect(peer.of(3).map((each) => each.call)).toEqual(bigCalls.map((_, place) => numberOf(place)));
});

test("calls that wait for their turn may be given up, and those behind them go on", async () => {
  const { peer, settle, served } = await target();
  const givenUp = bigCalls.slice(0, 15).map((_, place) => cancel(numberOf(place)));
  peer.send(...bigCalls, ...givenUp);
  await settle();
  expect(served()).toBeLessThan(10);
  const late = [15, 16, 17, 18, 19].map((place) => numberOf(place));
  expect(late.map((number) => peer.of(3, number).length)).toEqual([1, 1, 1, 1, 1]);
  peer.send(call(numberOf(30), 1));
  await settle();
  expect(peer.of(3, numberOf(30))).toHaveLength(1);
});

test("while calls wait nothing is read, and reading goes on when none does", async () => {
  const { peer, connection, settle, served } = await target();
  const pause = jest.spyOn(connection, "pause");
  connection.stalled = true;
  peer.send(...bigCalls);
  await settle();
  expect([served(), pause.mock.calls.length, connection.paused]).toEqual([20, 1, false]);
});

test("nor is anything read meanwhile when the peer takes what was written", async () => {
  const { peer, connection, settle, served } = await target();
  const resumed: number[] = [];
  jest.spyOn(connection, "resume").mockImplementation(() => void resumed.push(served()));
  const write = connection.write.bind(connection);
  connection.write = (bytes) => {
    const more = write(bytes);
    connection.release();
    return more;
  };
  peer.send(...bigCalls);
  await settle();
  expect(resumed).toEqual([20]);
});

test("a call that came in pieces keeps its bytes while large replies are made", async () => {
  const { peer, settle } = await target();
  const [a, b] = ["a", "b"].map((text, index) =>
    call(numberOf(40 + index), 2, { body: { text: text.repeat(500) } }),
  ) as [Buffer, Buffer];
  peer.send(...bigCalls.slice(0, 2), a.subarray(0, 200));
  peer.send(a.subarray(200), b.subarray(0, 300));
  await settle();
  peer.send(b.subarray(300));
  await settle();
  const texts = [40, 41].map((place) =>
    String(peer.of(3, numberOf(place))[0]?.payload).slice(0, 12),
  );
  expect(texts).toEqual(['{"text":"aaa', '{"text":"bbb']);
});

test("a stream that opens behind many large replies keeps what comes with it", async () => {
  const { peer, settle } = await target();
  const number = numberOf(40);
  const opened = [call(number, 3, { body: "" }), data(number, { text: "first" }), end(number)];
  peer.send(route(3, "T.Chat", "bidi-stream"), ...bigCalls, ...opened);
  await settle();
  expect(peer.of(5, number).map(({ payload }) => JSON.parse(String(payload)) as unknown)).toEqual([
    { text: "first" },
  ]);
  expect(peer.of(6, number)).toHaveLength(1);
});

test("no large replies are made for a peer that has gone", async () => {
  const { peer, connection, settle, served } = await target();
  peer.send(...bigCalls);
  connection.write = () => {
    connection.destroy();
    return false;
  };
  await settle();
  expect(served()).toBeLessThan(10);
});
