import { once } from "node:events";
import {
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import { createServer as listen, type AddressInfo, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { EndpointShape, RpcError } from "../../../src/spi.js";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { frameOf, framesIn } from "../../../test/support/raw-grpc.js";
import type { GrpcClientOptions } from "./index.js";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A server over HTTP/2 that has no library for gRPC, and its connections. */
async function serving(answer: (stream: ServerHttp2Stream) => void, options: ServerOptions = {}) {
  const server: Http2Server = createServer(options);
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => undefined);
  });
  server.on("stream", (stream) => {
    stream.on("error", () => undefined);
    answer(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    for (const session of sessions) session.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, sessions };
}

/** A server that says hello as HTTP/2 does, and then nothing more. */
async function silentAfterHello() {
  const sockets: Socket[] = [];
  const server = listen((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.resume();
    socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])); // empty settings
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => sockets.length,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a thread of its own runs: a server that says when a call has come, and answers it when told. */
const lateServer = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:http2").createServer();
  server.on("stream", (stream) => {
    stream.resume();
    parentPort.postMessage("came");
    parentPort.once("message", () => {
      stream.respond({ ":status": 200, "content-type": "application/grpc+json" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from("\\0\\0\\0\\0\\x0d" + JSON.stringify({ late: true }), "latin1"));
    });
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

async function clientOf(options: GrpcClientOptions = {}): Promise<GrpcApp["client"]> {
  const app = await grpcApp({ client: { retries: 0, ...options } });
  ends.push(() => app.stop());
  return app.client;
}

const headers = { ":status": 200, "content-type": "application/grpc+json" };

/** Answers well, once the request has ended. */
function reply(stream: ServerHttp2Stream, value: unknown = {}): void {
  stream.resume();
  stream.respond(headers, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(frameOf(Buffer.from(JSON.stringify(value))));
}

const hello: EndpointShape = { endpoint: "Greeter.Hello" };

const failure = (work: Promise<unknown>): Promise<RpcError> =>
  work.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as RpcError,
  );

const told = ({ code, reason, retry }: RpcError) => [code, reason, retry];

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe("a call that the server has not begun is safe to make again", () => {
  test("when its stream is refused", async () => {
    const { address } = await serving((stream) => stream.close(7));
    const client = await clientOf();
    const error = await failure(client.call(client.newRequest("greeter", hello, {}), { address }));
    expect(told(error)).toEqual([503, "transport.connect-failed", "safe"]);
  });

  test("when a GOAWAY leaves it out, and not when the GOAWAY counts it in", async () => {
    const streams: ServerHttp2Stream[] = [];
    const { address, sessions } = await serving((stream) => {
      streams.push(stream);
      if (streams.length < 2) return;
      sessions[0]!.goaway(2, streams[0]!.id);
      setImmediate(() => sessions[0]!.destroy());
    });
    const client = await clientOf();
    const calls = [0, 1].map(() =>
      failure(client.call(client.newRequest("greeter", hello, {}), { address })),
    );
    const [first, second] = await Promise.all(calls);
    expect(told(first!)).toEqual([503, "transport.closed", undefined]);
    expect(told(second!)).toEqual([503, "transport.connect-failed", "safe"]);
  });
});

test("a GOAWAY lets calls in hand finish, and the next one takes another connection", async () => {
  const held: ServerHttp2Stream[] = [];
  const { address, sessions } = await serving((stream) => {
    if (sessions.length === 1) held.push(stream);
    else reply(stream, { later: true });
  });
  const client = await clientOf();
  const first = client.call(client.newRequest("greeter", hello, {}), { address });
  await until(() => held.length === 1);
  let heard = false;
  sessions[0]!.goaway(0);
  sessions[0]!.ping(() => (heard = true));
  await until(() => heard);
  const second = client.call(client.newRequest("greeter", hello, {}), { address });
  expect(await second).toEqual({ later: true });
  expect(sessions).toHaveLength(2);
  reply(held[0]!, { first: true });
  expect(await first).toEqual({ first: true });
});

test("no call fails on a server that leaves in two steps, as Go's do, again and again", async () => {
  let served = 0;
  const { address, sessions } = await serving((stream) => {
    served += 1;
    const { session } = stream;
    if (served % 20 === 0 && session && !session.closed) {
      session.goaway(0, 2 ** 31 - 1);
      setImmediate(() => setImmediate(() => session.close()));
    }
    setImmediate(() => {
      if (!stream.destroyed) reply(stream);
    });
  });
  const client = await clientOf({ retries: 5 });
  const caller = async (): Promise<void> => {
    for (let n = 0; n < 50; n += 1)
      await client.call(client.newRequest("greeter", hello, {}), { address });
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  expect(sessions.length).toBeGreaterThan(5);
});

test("calls beyond what the server takes at once wait for their turn", async () => {
  let running = 0;
  let most = 0;
  const { address, sessions } = await serving(
    (stream) => {
      running += 1;
      most = Math.max(most, running);
      stream.on("close", () => (running -= 1));
      setImmediate(() => reply(stream));
    },
    { settings: { maxConcurrentStreams: 2 } },
  );
  const client = await clientOf();
  const calls = Array.from({ length: 20 }, () =>
    client.call(client.newRequest("greeter", hello, {}), { address }),
  );
  expect(await Promise.all(calls)).toHaveLength(20);
  expect([most, sessions.length]).toEqual([2, 1]);
});

describe("a server that falls silent", () => {
  test("is asked whether it is there, and answers", async () => {
    let pings = 0;
    const held: ServerHttp2Stream[] = [];
    const { address, sessions } = await serving((stream) => held.push(stream));
    const client = await clientOf({ keepAliveMs: 20, keepAliveTimeoutMs: 2_000 });
    const call = client.call(client.newRequest("greeter", hello, {}), { address });
    await until(() => held.length === 1);
    sessions[0]!.on("ping", () => (pings += 1));
    await until(() => pings >= 2);
    reply(held[0]!, { late: true });
    expect(await call).toEqual({ late: true });
  });

  test("is not given up where this process was too busy to read its answer", async () => {
    const server = new Worker(lateServer, { eval: true });
    ends.push(() => server.terminate());
    const [port] = (await once(server, "message")) as [number];
    const client = await clientOf({ keepAliveMs: 20, keepAliveTimeoutMs: 400 });
    const request = client.newRequest("greeter", hello, {});
    const call = client.call(request, { address: `127.0.0.1:${port}` });
    await once(server, "message");
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 450); // as long work would
    }
    server.postMessage("reply");
    expect(await call).toEqual({ late: true });
  });

  test("and does not answer, loses its calls", async () => {
    const mute = await silentAfterHello();
    ends.push(mute.close);
    const client = await clientOf({ keepAliveMs: 20, keepAliveTimeoutMs: 20 });
    const { address } = mute;
    const error = await failure(client.call(client.newRequest("greeter", hello, {}), { address }));
    expect(told(error)).toEqual([503, "transport.closed", undefined]);
  });
});

test("a server that falls silent while calls come and run out of time is given up", async () => {
  const mute = await silentAfterHello();
  ends.push(mute.close);
  const client = await clientOf({ keepAliveMs: 20, keepAliveTimeoutMs: 20 });
  const request = client.newRequest("greeter", hello, {});
  for (let calls = 0; calls < 400 && mute.connections() < 3; calls += 1)
    await failure(client.call(request, { address: mute.address, timeoutMs: 5 }));
  expect(mute.connections()).toBe(3);
});

test("a connection without calls is closed after a while, and one is opened for the next", async () => {
  const { address, sessions } = await serving((stream) => reply(stream));
  const client = await clientOf({ poolTtlMs: 20 });
  const request = client.newRequest("greeter", hello, {});
  await client.call(request, { address });
  await until(() => sessions[0]!.destroyed);
  await client.call(request, { address });
  expect(sessions).toHaveLength(2);
});

test("a client that is closed ends its calls and its connections", async () => {
  const { address, sessions } = await serving(() => undefined);
  const client = await clientOf();
  const call = failure(client.call(client.newRequest("greeter", hello, {}), { address }));
  await until(() => sessions.length === 1);
  await client.close();
  expect(told(await call)).toEqual([503, "client.closed", "never"]);
  await until(() => sessions[0]!.destroyed);
});

test("a reply in pieces of one byte is put together, however long it is", async () => {
  const text = "x".repeat(3_000);
  const { address } = await serving((stream) => {
    stream.resume();
    stream.respond(headers, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    const bytes = frameOf(Buffer.from(JSON.stringify({ text })));
    void (async () => {
      for (const byte of bytes) {
        await new Promise((resolve) => stream.write(Buffer.from([byte]), resolve));
      }
      stream.end();
    })();
  });
  const client = await clientOf();
  expect(await client.call(client.newRequest("greeter", hello, {}), { address })).toEqual({ text });
});

test("requests are compressed until a server says that it cannot read that", async () => {
  const compressed: boolean[] = [];
  const { address } = await serving((stream) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      compressed.push(framesIn(Buffer.concat(chunks))[0]!.compressed);
      stream.respond({ ...headers, "grpc-accept-encoding": "identity" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(frameOf(Buffer.from("{}")));
    });
  });
  const client = await clientOf({ compression: "gzip" });
  for (let n = 0; n < 2; n += 1)
    await client.call(client.newRequest("greeter", hello, {}), { address });
  expect(compressed).toEqual([true, false]);
});
