import { afterEach, expect, test } from "@jest/globals";
import {
  preface,
  type Listener,
  type Message,
  type Socket,
  type Transport,
} from "../../../src/spi.js";
import { RawPeer } from "../../../test/support/raw-peer.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { httpTransport } from "./index.js";

const text = (message: Message | undefined): string =>
  message ? Buffer.from(message.body).toString() : "(end)";
const reply = (body: string, headers: Record<string, string> = {}): Message => ({
  headers,
  body: Buffer.from(body),
});
const post = (body: string, headers = ""): string =>
  `POST / HTTP/1.1\r\nHost: h\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
const ok = (body: string, headers = ""): string =>
  `HTTP/1.1 200 OK\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

let transport: Transport | undefined;
afterEach(() => transport?.close());

/** A listener with this handler, and a raw connection to it. */
async function talk(handler: (socket: Socket) => unknown) {
  const { clock, environment: environmentOf } = virtualWorld();
  const environment = environmentOf();
  transport = await httpTransport().create(environment);
  const listener: Listener = await transport.listen("127.0.0.1:0");
  listener.accept((socket) => void handler(socket));
  const connect = () => RawPeer.connect(environment, listener.address);
  return { peer: await connect(), connect, listener, clock };
}

const echo = async (socket: Socket): Promise<void> => {
  const request = await socket.recv();
  await socket.send(reply(`<${text(request)}>`));
  await socket.close();
};

test("a go-micro client's request arrives; the answer is bare and echoes nothing", async () => {
  const seen: (Message | undefined)[] = [];
  const { peer } = await talk(async (socket) => {
    seen.push(await socket.recv());
    await socket.send(reply("{}", { "content-type": "application/json", "micro-ID": "0" }));
    await socket.close();
  });
  peer.send(
    "POST / HTTP/1.1\r\nHost: 10.0.0.7:40123\r\nUser-Agent: Go-http-client/1.1\r\n" +
      "Accept: application/json\r\nContent-Length: 16\r\nContent-Type: application/json\r\n" +
      "Authorization: Bearer t\r\nMicro-Endpoint: Say.Hello\r\nMicro-Id: 0\r\n" +
      'Timeout: 5000000000\r\nAccept-Encoding: gzip\r\n\r\n{"name":"John"}\n',
  );
  expect(await peer.until("{}")).toBe(
    ok("{}", "Content-Type: application/json\r\nMicro-Id: 0\r\n"),
  );
  expect({ ...seen[0]?.headers }).toEqual({
    accept: "application/json",
    "content-type": "application/json",
    authorization: "Bearer t",
    "micro-endpoint": "Say.Hello",
    "micro-id": "0",
    timeout: "5000000000",
  });
  expect(text(seen[0])).toBe('{"name":"John"}\n');
});

test("an empty body in chunks, as Go sends it, is empty", async () => {
  const { peer } = await talk(echo);
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  expect(await peer.until("<>")).toBe(ok("<>"));
});

test("method and path do not matter", async () => {
  const { peer } = await talk(echo);
  peer.send("GET /foo/bar?a=b HTTP/1.1\r\nHost: h\r\n\r\n");
  expect(await peer.until("<>")).toBe(ok("<>"));
  expect(peer.ended).toBe(false);
});

test("HTTP/1.0 is answered and closed, or kept when it asks", async () => {
  const { peer, connect } = await talk(echo);
  peer.send("GET /foo HTTP/1.0\r\n\r\n");
  expect(await peer.untilEnd()).toBe(ok("<>", "Connection: close\r\n"));
  const kept = await connect();
  kept.send("POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na");
  expect(await kept.until("<a>")).toBe(ok("<a>", "Connection: keep-alive\r\n"));
  kept.send("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nb");
  expect(await kept.untilEnd()).toContain("Connection: close\r\nContent-Length: 3\r\n\r\n<b>");
});

test("Connection: close closes after the answer; what follows is no call", async () => {
  let calls = 0;
  const { peer } = await talk((socket) => {
    calls++;
    return echo(socket);
  });
  peer.send(post("a", "Connection: close\r\n") + post("b"));
  expect(await peer.untilEnd()).toBe(ok("<a>", "Connection: close\r\n"));
  expect(calls).toBe(1);
});

test("pipelined requests are answered in order, whoever is ready first", async () => {
  const sockets: Socket[] = [];
  const { peer } = await talk((socket) => sockets.push(socket) === 3 && answer());
  const answer = async (): Promise<void> => {
    for (const socket of sockets.toReversed()) await echo(socket);
  };
  peer.send(post("1") + post("2") + post("3"));
  expect(await peer.until("<3>")).toBe(ok("<1>") + ok("<2>") + ok("<3>"));
});

test("a request whose Micro-Id has a live call is a call of its own", async () => {
  const { peer } = await talk(echo);
  peer.send(post("a", "Micro-Id: 7\r\n") + post("b", "Micro-Id: 7\r\n"));
  expect(await peer.until("<b>")).toBe(ok("<a>") + ok("<b>"));
});

test("Expect: 100-continue is answered before the body", async () => {
  const { peer } = await talk(echo);
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  expect(await peer.until("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("abc");
  expect(await peer.until("<abc>")).toContain(`\r\n\r\n${ok("<abc>")}`);
  peer.send(post("d", "Expect: 100-continue\r\n"));
  expect(await peer.until("<d>")).not.toMatch(/100 Continue[^]*100 Continue/);
});

test("Micro-Stream: messages of a stream are one channel, answers come when they come", async () => {
  const sockets: Socket[] = [];
  const { peer } = await talk((socket) => sockets.push(socket));
  const stream = "Micro-Stream: 5\r\n";
  peer.send(post("open", stream) + post("one", stream));
  peer.send(post("two", stream) + post("", `${stream}Micro-Error: EOS\r\n`));
  peer.send(post("other", "Micro-Stream: 6\r\n"));
  peer.send(post("last", "Micro-Stream: 6\r\n"));
  while (sockets.length < 2) await new Promise(setImmediate);
  const [first, second] = sockets as [Socket, Socket];
  const got = [];
  for (let count = 0; count < 4; count++) got.push(await first.recv());
  expect(got.map(text)).toEqual(["open", "one", "two", ""]);
  expect(got[3]?.headers["micro-error"]).toBe("EOS");
  expect([text(await second.recv()), text(await second.recv())]).toEqual(["other", "last"]);
  for (const body of ["a", "b", "c"]) await first.send(reply(body, { "micro-stream": "5" }));
  await first.send(reply("", { "micro-error": "EOS" }));
  await first.close();
  await second.close();
  expect(await peer.untilEnd()).toBe(
    ["a", "b", "c"].map((body) => ok(body, stream)).join("") + ok("", "Micro-Error: EOS\r\n"),
  );
});

test("a unary call with a Micro-Stream leaves the connection to the next", async () => {
  const { peer } = await talk(echo);
  for (const body of ["a", "b"]) {
    peer.send(post(body, "Micro-Stream: 1\r\n"));
    await peer.until(`<${body}>`);
  }
  expect(peer.received).toBe(ok("<a>") + ok("<b>"));
  expect(peer.ended).toBe(false);
});

test("the end of a stream that nobody knows is no call", async () => {
  let calls = 0;
  const { peer } = await talk((socket) => {
    calls++;
    return echo(socket);
  });
  peer.send(post("", "Micro-Stream: 9\r\nMicro-Error: EOS\r\n") + post("call"));
  await peer.until("<call>");
  expect(calls).toBe(1);
});

test("a failed stream takes no more messages and ends its connection", async () => {
  let calls = 0;
  const { peer } = await talk(async (socket) => {
    calls++;
    await socket.recv();
    await socket.send(reply("", { "micro-error": "no" }));
    await socket.close();
  });
  const stream = "Micro-Stream: 1\r\n";
  peer.send(post("open", stream));
  await peer.until("Micro-Error: no");
  peer.send(post("late", stream) + post("later", stream));
  await peer.untilEnd();
  expect(calls).toBe(1);
});

test("a peer that ends while its call is open has gone away", async () => {
  let gone!: () => void;
  const noticed = new Promise<void>((resolve) => (gone = resolve));
  const { peer } = await talk(async (socket) => {
    socket.onPeerClose(gone);
    await socket.recv();
  });
  peer.send(post("?"));
  peer.end();
  await noticed;
  expect(await peer.untilEnd()).toBe("");
});

test("drain tells busy connections, and ends idle ones after a moment", async () => {
  let answer!: () => void;
  const ready = new Promise<void>((resolve) => (answer = resolve));
  let arrived!: () => void;
  const called = new Promise<void>((resolve) => (arrived = resolve));
  const { peer, connect, listener, clock } = await talk(async (socket) => {
    arrived();
    await ready;
    await echo(socket);
  });
  const [idle, half] = [await connect(), await connect()];
  half.send(post("half").slice(0, -2));
  peer.send(post("busy"));
  await called;
  let drained = false;
  const draining = listener.drain().then(() => (drained = true));
  await clock.advance(249);
  expect(drained).toBe(false);
  await clock.advance(1);
  await draining;
  expect(await idle.untilEnd()).toBe("");
  answer();
  expect(await peer.untilEnd()).toBe(ok("<busy>", "Connection: close\r\n"));
  half.send("lf");
  expect(await half.untilEnd()).toBe(ok("<half>", "Connection: close\r\n"));
  await expect(connect()).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a request that crosses the drain of an idle connection is answered, as the last", async () => {
  const { peer, connect, listener, clock } = await talk(echo);
  peer.send(post("one"));
  await peer.until("<one>");
  const other = await connect();
  const draining = listener.drain();
  await clock.advance(100);
  peer.send(post("two"));
  expect(await peer.untilEnd()).toBe(ok("<one>") + ok("<two>", "Connection: close\r\n"));
  other.destroy();
  await draining;
});

test("a drain waits for nobody where nobody is connected", async () => {
  const { peer, listener, clock } = await talk(echo);
  peer.destroy();
  await clock.settle();
  await listener.drain();
  expect(clock.waiting).toBe(0);
});

test("who begins to speak frames at a drain is told to go elsewhere", async () => {
  const { clock, environment } = virtualWorld();
  const world = environment();
  transport = await httpTransport().create(world);
  const listener = await transport.listen("127.0.0.1:0");
  const unserved = (): never => {
    throw new Error("nobody calls");
  };
  listener.accept(unserved, unserved);
  const peer = await RawPeer.connect(world, listener.address);
  await clock.settle();
  const draining = listener.drain();
  await clock.advance(100);
  peer.send(Buffer.from(preface).toString("latin1"));
  await clock.settle();
  expect(peer.received).toContain("\0\0\0\0\x09\0\0\0\0"); // GOAWAY of docs/frames.md
  peer.destroy();
  await draining;
});
