import { afterEach, expect, test } from "@jest/globals";
import { RpcError, type Socket, type Transport, type TransportClient } from "../../../src/spi.js";
import { RawPeer } from "../../../test/support/raw-peer.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { httpTransport } from "./index.js";

let transport: Transport | undefined;
afterEach(() => transport?.close());

const settle = (): Promise<void> => virtualWorld().clock.settle();
const body = (text: string): Uint8Array => Buffer.from(text);
const textOf = async (socket: Socket): Promise<string> => {
  const message = await socket.recv();
  return message ? Buffer.from(message.body).toString() : "(end)";
};
const failure = async (promise: Promise<unknown>): Promise<RpcError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
};

/** A client of the transport and the raw server that it dialled. */
async function talk(): Promise<{ client: TransportClient; peer: RawPeer; address: string }> {
  const world = virtualWorld();
  const environment = world.environment();
  let accept!: (peer: RawPeer) => void;
  const accepted = new Promise<RawPeer>((resolve) => (accept = resolve));
  const server = await environment.network.listen("127.0.0.1", 0, (connection) =>
    accept(new RawPeer(connection)),
  );
  const address = `127.0.0.1:${server.port}`;
  transport = await httpTransport({ maxMessageBytes: 100 }).create(environment);
  const client = await transport.dial(address);
  return { client, peer: await accepted, address };
}

/** A call whose request has arrived, and a peer that can answer anything. */
async function asked() {
  const { client, peer, address } = await talk();
  const socket = client.open();
  await socket.send({ headers: { "micro-id": "1" }, body: body("{}") });
  await peer.until("{}");
  return { client, peer, address, socket };
}

test("a request goes out as go-micro reads it", async () => {
  const { client, peer, address } = await talk();
  await client.open().send({
    headers: { "content-type": "application/json", "micro-id": "1", "x-kind": "käse" },
    body: body("{}"),
  });
  const seen = Buffer.from(await peer.until("{}"), "latin1").toString("utf8");
  expect(seen).toBe(
    `POST / HTTP/1.1\r\nHost: ${address}\r\nContent-Type: application/json\r\nMicro-Id: 1\r\n` +
      "X-Kind: käse\r\nContent-Length: 2\r\n\r\n{}",
  );
});

test("a stream's messages carry its id and claim the connection", async () => {
  const { client, peer } = await talk();
  const socket = client.open({ stream: true });
  await socket.send({ headers: {}, body: body("a") });
  await socket.send({ headers: { "micro-stream": "mine" }, body: body("b") });
  const seen = await peer.until("\r\n\r\nb");
  expect(seen).toContain("\r\nMicro-Stream: 1\r\nConnection: Micro-Stream\r\nContent-Length: 1");
  expect(seen).toContain("\r\nMicro-Stream: mine\r\nConnection: Micro-Stream\r\n");
  await socket.close();
  await peer.untilEnd();
  expect(client.closed).toBe(true);
});

test("answers with a length, in chunks, after 100 Continue are read; the connection stays", async () => {
  const { client, peer, socket } = await asked();
  peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
  expect(await textOf(socket)).toBe("a");
  await socket.close();
  const next = client.open();
  await next.send({ headers: {}, body: body("") });
  peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbc\r\n0\r\n\r\n");
  expect(await textOf(next)).toBe("bc");
  await next.close();
  expect(client.closed).toBe(false);
});

test("an answer without length lasts until the end", async () => {
  const { client, peer, socket } = await asked();
  peer.send("HTTP/1.1 200 OK\r\n\r\nto the");
  peer.send(" end");
  peer.end();
  expect(await textOf(socket)).toBe("to the end");
  expect(client.closed).toBe(true);
});

test("Connection: close in an answer closes the client after it", async () => {
  const { client, peer, socket } = await asked();
  peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na");
  expect(await textOf(socket)).toBe("a");
  expect(client.closed).toBe(true);
  await peer.untilEnd();
});

test("another status is an error that quotes the body, unless Micro-Error says more", async () => {
  const { peer, socket, client } = await asked();
  peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 11\r\n\r\nno upstream");
  const error = await failure(socket.recv());
  expect(error).toMatchObject({ code: 503, reason: "transport.bad-status", retry: undefined });
  expect(error.detail).toContain("502: no upstream");
  expect(client.closed).toBe(true);

  const second = await asked();
  second.peer.send(
    "HTTP/1.1 413 Content Too Large\r\nMicro-Error: {}\r\nContent-Length: 2\r\n\r\n{}",
  );
  expect((await second.socket.recv())?.headers["micro-error"]).toBe("{}");
});

test("what is no answer fails the call and closes the client", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["ICY 200 OK\r\n\r\n", "transport.malformed"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "transport.too-large"],
    [`HTTP/1.1 200 OK\r\nA: ${"x".repeat(20_000)}`, "transport.headers-too-large"],
  ];
  for (const [answer, reason] of cases) {
    const { client, peer, socket, address } = await asked();
    peer.send(answer);
    const error = await failure(socket.recv());
    expect(error).toMatchObject({ reason, id: "plugboard.transport.http" });
    expect(error.message).toContain(address);
    expect(client.closed).toBe(true);
    await peer.untilEnd();
  }
});

test("an end before the answer, or within it, is not safe to retry", async () => {
  for (const begun of ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"]) {
    const { peer, socket } = await asked();
    peer.send(begun);
    peer.end();
    expect(await failure(socket.recv())).toMatchObject({
      reason: "transport.closed",
      retry: undefined,
    });
  }
});

test("a connection that ended while idle is closed, and failing on it is safe to retry", async () => {
  const { client, peer } = await talk();
  const socket = client.open();
  peer.end();
  await settle();
  expect(client.closed).toBe(true);
  expect(await failure(socket.send({ headers: {}, body: body("") }))).toMatchObject({
    reason: "transport.closed",
    retry: "safe",
  });
});

test("an answer that nobody asked for closes the client", async () => {
  const { client, peer } = await talk();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  await peer.untilEnd();
  expect(client.closed).toBe(true);
});

test("a call that is given up takes its connection with it", async () => {
  const { client, peer, socket } = await asked();
  await socket.close();
  await peer.untilEnd();
  expect(client.closed).toBe(true);
});

test("a stream that is closed lets its last message out; a deaf peer gets a second", async () => {
  const world = virtualWorld();
  const environment = world.environment();
  const peers: RawPeer[] = [];
  const server = await environment.network.listen("127.0.0.1", 0, (connection) =>
    peers.push(new RawPeer(connection)),
  );
  transport = await httpTransport().create(environment);
  const client = await transport.dial(`127.0.0.1:${server.port}`);
  const socket = client.open({ stream: true });
  await socket.send({ headers: { "micro-error": "EOS" }, body: body("") });
  await socket.close();
  await world.clock.settle();
  expect(peers[0]?.received).toContain("Micro-Error: EOS");
  expect([peers[0]?.ended, peers[0]?.closed]).toEqual([true, false]);
  await world.clock.advance(1_000);
  expect(peers[0]?.send("still there?")).toBe(true);
  await world.clock.settle();
  expect(peers[0]?.closed).toBe(true);
});

test("dialling waits so long and no longer, and can be given up", async () => {
  const world = virtualWorld();
  const [here, there] = [world.environment("10.0.0.1"), world.environment("10.0.0.2")];
  transport = await httpTransport().create(here);
  const other = await httpTransport().create(there);
  const { address } = await other.listen("10.0.0.2:0");
  world.network.partition("10.0.0.1", "10.0.0.2");
  const late = failure(transport.dial(address));
  await world.clock.advance(5_000);
  const error = await late;
  expect(error).toMatchObject({ code: 408, reason: "transport.connect-timeout", retry: "safe" });
  expect(error.message).toContain(`${address} within 5000 ms`);
  const controller = new AbortController();
  const given = failure(transport.dial(address, { signal: controller.signal }));
  controller.abort(new Error("no longer wanted"));
  expect(await given).toMatchObject({ code: 499, cause: { message: "no longer wanted" } });
  expect(world.clock.waiting).toBe(0);
  await other.close();
});

test("addresses: ranges, every interface, IPv6, nonsense", async () => {
  const world = virtualWorld();
  transport = await httpTransport().create(world.environment());
  const range = "127.0.0.1:5000-5002";
  const bound = [];
  for (let count = 0; count < 3; count++) bound.push((await transport.listen(range)).address);
  expect(bound).toEqual(["127.0.0.1:5000", "127.0.0.1:5001", "127.0.0.1:5002"]);
  expect(await failure(transport.listen(range))).toMatchObject({
    reason: "transport.address-in-use",
  });
  expect((await transport.listen(":7000")).address).toBe("[::]:7000");
  expect((await transport.listen("[::1]:7001")).address).toBe("[::1]:7001");
  await expect(transport.dial("[::1]:7001")).resolves.toMatchObject({ capacity: 1 });
  for (const nonsense of ["", "host", "host:port", "host:99999", "a:b:1", "h:5-4"]) {
    expect(await failure(transport.dial(nonsense))).toMatchObject({
      reason: "transport.connect-failed",
    });
    expect(await failure(transport.listen(nonsense))).toMatchObject({
      reason: "transport.listen-failed",
    });
  }
});

test("options are checked where they are given", () => {
  expect(() => httpTransport({ maxMessageBytes: -1 })).toThrow("httpTransport.maxMessageBytes");
  expect(() => httpTransport({ idleTimeoutMs: 0 })).toThrow("httpTransport.idleTimeoutMs");
});
