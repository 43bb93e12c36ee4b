import { afterEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Message, Socket, Transport } from "../../../src/spi.js";
import { RawPeer } from "../../../test/support/raw-peer.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { httpTransport, type HttpTransportOptions } from "./index.js";

let transport: Transport | undefined;
afterEach(() => transport?.close());

const post = (body: string): string =>
  `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const echo = async (socket: Socket): Promise<void> => {
  const request = await socket.recv();
  if (request) await socket.send({ headers: {}, body: request.body });
  await socket.close();
};

/** A listener, and what it takes to attack it and to see that it lives. */
async function target(handler: (socket: Socket) => unknown = echo, options?: HttpTransportOptions) {
  const world = virtualWorld();
  const environment = world.environment();
  transport = await httpTransport(options).create(environment);
  const listener = await transport.listen("127.0.0.1:0");
  let calls = 0;
  listener.accept((socket) => {
    calls++;
    void handler(socket);
  });
  const connect = () => RawPeer.connect(environment, listener.address);
  const settle = () => world.clock.settle();
  const alive = async (): Promise<void> => {
    const peer = await connect();
    peer.send(post("alive"));
    await peer.until("\r\n\r\nalive");
    peer.destroy();
    await settle();
  };
  return { world, connect, settle, alive, calls: () => calls };
}

/** The refusal's status and its error, which stands in the header and in the body. */
function refused(received: string): { status: string; error: Record<string, unknown> } {
  const [, status = "", micro = "", body = ""] =
    /^HTTP\/1\.1 (\d+ [A-Za-z ]+)\r\n[^]*Micro-Error: (.*)\r\n[^]*Connection: close\r\n\r\n([^]*)$/.exec(
      received,
    ) ?? [];
  expect(micro).toBe(body);
  return { status, error: JSON.parse(body) as Record<string, unknown> };
}

test.each([
  ["a head that never ends", "POST / HT"],
  ["a body that never ends", "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc"],
  ["chunks that never end", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"],
])("slow loris: %s has 30 seconds", async (_what, beginning) => {
  const { world, connect, alive, calls } = await target();
  const peer = await connect();
  peer.send(beginning);
  await world.clock.advance(29_999);
  expect(peer.received).toBe("");
  await world.clock.advance(1);
  const { status, error } = refused(await peer.untilEnd());
  expect(status).toBe("408 Request Timeout");
  expect(error).toMatchObject({
    id: "plugboard.transport.http",
    code: 408,
    status: "Request Timeout",
  });
  expect(calls()).toBe(0);
  await alive();
});

test("slow loris: a byte a second does not buy time", async () => {
  const { world, connect } = await target();
  const peer = await connect();
  const slow = "POST / HTTP/1.1\r\nX-Slow: xxxxxxxxxxxxxxxxxxxxxxxxxxxx";
  for (const byte of slow.slice(0, 30)) {
    peer.send(byte);
    await world.clock.advance(1_000);
  }
  expect(refused(await peer.untilEnd()).status).toBe("408 Request Timeout");
});

test("a connection without a call has two minutes, from the last one on", async () => {
  const { world, connect, settle } = await target();
  const [silent, busy] = [await connect(), await connect()];
  await world.clock.advance(60_000);
  busy.send(post("one"));
  await busy.until("one");
  await world.clock.advance(60_000);
  expect([silent.closed || silent.ended, busy.ended]).toEqual([true, false]);
  expect(silent.received).toBe("");
  await world.clock.advance(60_000);
  await settle();
  expect(busy.ended).toBe(true);
});

test("a call may take longer than any of that", async () => {
  let answer!: () => void;
  const ready = new Promise<void>((resolve) => (answer = resolve));
  const { world, connect } = await target(async (socket) => {
    await ready;
    await echo(socket);
  });
  const peer = await connect();
  peer.send(post("patience"));
  await world.clock.advance(600_000);
  answer();
  await peer.until("\r\n\r\npatience");
});

test("a flood of requests without answers is held back", async () => {
  const waiting: Socket[] = [];
  const { connect, settle, calls } = await target((socket) => waiting.push(socket));
  const peer = await connect();
  const flood = post("x".repeat(1_000)).repeat(50);
  let written = 0;
  while (peer.send(flood)) written++;
  await settle();
  expect(calls()).toBeLessThanOrEqual(33);
  for (let answered = 0; answered < (written + 1) * 50; answered++) {
    await settle();
    const socket = waiting.shift();
    expect(socket).toBeDefined();
    if (socket) await echo(socket);
  }
  await settle();
  expect(calls()).toBe((written + 1) * 50);
});

test("a flood of stream messages that nobody reads is held back, by number and by bytes", async () => {
  for (const size of [10, 50_000]) {
    const { connect, settle, calls } = await target(() => undefined, { maxMessageBytes: 100_000 });
    const peer = await connect();
    const body = "x".repeat(size);
    const message = `POST / HTTP/1.1\r\nMicro-Stream: 1\r\nContent-Length: ${size}\r\n\r\n${body}`;
    for (let round = 0; round < 5; round++) {
      while (peer.send(message));
      await settle();
    }
    expect(peer.send(message)).toBe(false);
    expect(calls()).toBe(1);
    await transport?.close();
  }
});

test("answers that nobody reads stop the reading of requests", async () => {
  const { connect, settle, calls } = await target(async (socket) => {
    await socket.recv();
    await socket.send({ headers: {}, body: new Uint8Array(10_000) });
    await socket.close();
  });
  const peer = await connect();
  peer.pause();
  for (let sent = 0; sent < 1_000; sent++) peer.send(post("more"));
  await settle();
  expect(calls()).toBeLessThan(100);
  peer.resume();
  await settle();
  expect(calls()).toBe(1_000);
});

test.each([
  ["headers without end", "X: y\r\n".repeat(10_000), 431],
  ["a header without end", "X".repeat(100_000), 431],
  ["a length over the limit", "Content-Length: 4194305\r\n\r\n", 413],
  ["a length over any limit", "Content-Length: 999999999999999\r\n\r\n", 413],
  ["a chunk over the limit", "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413],
  ["lengths that contradict", "Content-Length: 1\r\nContent-Length: 2\r\n\r\na", 400],
  ["a length and chunks", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
  ["a head that is none", "\0\r\n\r\n", 400],
])("%s: refused, and the listener serves on", async (_what, lines, code) => {
  const { connect, alive, calls } = await target();
  const peer = await connect();
  peer.send(`POST / HTTP/1.1\r\n${lines}`);
  const { error } = refused(await peer.untilEnd());
  expect(error).toMatchObject({ id: "plugboard.transport.http", code });
  expect(String(error["detail"])).toContain("127.0.0.1:");
  expect(calls()).toBe(0);
  await alive();
});

test("a refusal waits for the answers before it", async () => {
  const { connect } = await target();
  const peer = await connect();
  peer.send(`${post("good")}nonsense\r\n\r\n`);
  expect(await peer.untilEnd()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*goodHTTP\/1\.1 400 Bad Request/);
});

test("a peer that is refused and talks on is cut off after a second", async () => {
  const { world, connect, settle } = await target();
  const peer = await connect();
  peer.send("nonsense\r\n\r\n");
  await peer.untilEnd();
  for (let sent = 0; sent < 100; sent++) peer.send("x".repeat(10_000));
  await settle();
  expect(peer.closed).toBe(false);
  await world.clock.advance(1_000);
  peer.send("hello?");
  await settle();
  expect(peer.closed).toBe(true);
});

test("a stream with a message over the limit fails, on both sides", async () => {
  let seen: unknown;
  const { connect } = await target(
    async (socket) => {
      await socket.recv();
      seen = await socket.recv().catch((error: unknown) => error);
    },
    { maxMessageBytes: 10 },
  );
  const peer = await connect();
  const start = "POST / HTTP/1.1\r\nMicro-Stream: 1\r\nContent-Length: ";
  peer.send(`${start}1\r\n\r\na${start}11\r\n\r\n`);
  expect(refused(await peer.untilEnd()).status).toBe("413 Content Too Large");
  expect(seen).toMatchObject({ code: 413, reason: "transport.too-large" });
});

test("a reset within a body is nobody's call", async () => {
  const { world, connect, alive, calls, settle } = await target();
  const peer = await connect();
  peer.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  await settle();
  world.network.reset("127.0.0.1");
  await settle();
  expect(peer.closed).toBe(true);
  expect(calls()).toBe(0);
  await alive();
});

test("a reset within a call reaches the handler", async () => {
  const outcome: unknown[] = [];
  const { world, connect, settle } = await target(async (socket: Socket) => {
    socket.onPeerClose(() => outcome.push("gone"));
    const request: Message | undefined = await socket.recv();
    outcome.push(request && Buffer.from(request.body).toString());
    await socket.recv().catch((error: unknown) => outcome.push(error));
    await socket
      .send({ headers: {}, body: new Uint8Array() })
      .catch((e: unknown) => outcome.push(e));
  });
  const peer = await connect();
  peer.send(post("?"));
  await settle();
  world.network.reset("127.0.0.1");
  await settle();
  expect(outcome).toMatchObject([
    "?",
    "gone",
    { reason: "transport.closed" },
    { reason: "transport.closed" },
  ]);
});

test("connections over maxConnections are refused until one leaves", async () => {
  const { world, connect, settle } = await target(echo, { maxConnections: 2 });
  const [first] = [await connect(), await connect()];
  const extra = await connect();
  expect(await extra.untilEnd()).toBe("");
  expect(world.logs.filter(({ level }) => level === "warn")).toHaveLength(1);
  first?.destroy();
  await settle();
  const next = await connect();
  next.send(post("in"));
  await next.until("\r\n\r\nin");
});

test("any bytes: the listener lives", async () => {
  const { connect, settle, alive } = await target();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.string({ unit: "binary-ascii" }), fc.constant(post("a"))), {
        maxLength: 6,
      }),
      async (pieces) => {
        const peer = await connect();
        for (const piece of pieces) peer.send(piece);
        await settle();
        peer.destroy();
      },
    ),
    { numRuns: 100 },
  );
  await alive();
});

test("nothing is left when the transport has closed", async () => {
  const { world, connect, settle } = await target(() => undefined);
  const peers = [await connect(), await connect()];
  peers[0]?.send(post("open"));
  peers[1]?.send("POST /");
  await settle();
  await transport?.close();
  await settle();
  expect(world.clock.waiting).toBe(0);
  expect(peers.every(({ ended }) => ended)).toBe(true);
});
