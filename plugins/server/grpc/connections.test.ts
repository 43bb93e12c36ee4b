import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from "node:http2";
import { connect as connectSocket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Context } from "../../../src/index.js";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { frameOf, framesIn } from "../../../test/support/raw-grpc.js";
import type { GrpcServerOptions } from "./index.js";

let began: Context[];
let letGo: () => void;
let gate: Promise<void>;
let app: GrpcApp | undefined;
const sessions: ClientHttp2Session[] = [];

beforeEach(() => {
  began = [];
  gate = new Promise((resolve) => (letGo = resolve));
});

afterEach(async () => {
  letGo();
  for (const session of sessions.splice(0)) session.destroy();
  await app?.stop();
});

const handlers = [
  {
    endpoint: "Greeter.Wait",
    handle: async (_request: unknown, context: Context) => {
      began.push(context);
      await gate;
      return { waited: true };
    },
  },
  { endpoint: "Greeter.Echo", handle: async (request: unknown) => request },
  {
    endpoint: "Greeter.Count",
    replyStream: true,
    handle: async function* () {
      yield { count: 1 };
    },
  },
  {
    endpoint: "Greeter.Join",
    requestStream: true,
    handle: async (requests: AsyncIterable<unknown>, context: Context) => {
      began.push(context);
      let count = 0;
      for await (const _ of requests) count += 1;
      return { count };
    },
  },
];

async function start(server: GrpcServerOptions = {}): Promise<ClientHttp2Session> {
  app = await grpcApp({ handlers, server });
  return opened();
}

function opened(): ClientHttp2Session {
  const session = connect(`http://${app!.server.address}`);
  session.on("error", () => undefined);
  sessions.push(session);
  return session;
}

function begin(session: ClientHttp2Session, method: string, more = {}): ClientHttp2Stream {
  return session.request({
    ":method": "POST",
    ":path": `/p.Greeter/${method}`,
    "content-type": "application/grpc+json",
    te: "trailers",
    ...more,
  });
}

interface Answer {
  /** Headers and trailers. */
  readonly all: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly code: number | undefined;
}

const answerOf = (stream: ClientHttp2Stream): Promise<Answer> =>
  new Promise((resolve) => {
    const all: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    const add = (more: IncomingHttpHeaders): void => void Object.assign(all, more);
    stream.on("response", add);
    stream.on("trailers", add);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => undefined);
    stream.on("close", () => resolve({ all, body: Buffer.concat(chunks), code: stream.rstCode }));
  });

const request = frameOf(Buffer.from("{}"));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe("a server that stops", () => {
  test("finishes calls in hand, and refuses those that come late so that they are made elsewhere", async () => {
    const session = await start();
    const inHand = begin(session, "Wait");
    const answer = answerOf(inHand);
    inHand.end(request);
    await until(() => began.length === 1);
    let away = false;
    session.on("goaway", () => (away = true));
    const late: Promise<Answer>[] = [];
    const stopped = app!.stop();
    // Until it has heard of the GOAWAY a caller goes on.
    while (!away) {
      const stream = begin(session, "Echo");
      late.push(answerOf(stream));
      stream.end(request);
      await new Promise((resolve) => setImmediate(resolve));
    }
    letGo();
    const { all, body } = await answer;
    expect(all["grpc-status"]).toBe("0");
    expect(JSON.parse(framesIn(body)[0]!.body.toString())).toEqual({ waited: true });
    for (const each of await Promise.all(late)) {
      const refused = each.code === 7;
      const told = each.all["grpc-status"];
      expect(refused || told === "0" || told === "14").toBe(true);
    }
    await stopped;
    await until(() => session.destroyed);
  });

  test("does not wait for a caller who keeps the connection", async () => {
    const session = await start();
    const stream = begin(session, "Echo");
    const answer = answerOf(stream);
    stream.end(request);
    expect((await answer).all["grpc-status"]).toBe("0");
    await app!.stop();
    await until(() => session.destroyed);
  });
});

test("a caller that resets its call, or goes away, ends the handler's", async () => {
  const session = await start();
  const stream = begin(session, "Wait");
  stream.on("error", () => undefined);
  stream.end(request);
  await until(() => began.length === 1);
  stream.close(8);
  await aborted(began[0]!.signal);
  const other = begin(session, "Join");
  other.on("error", () => undefined);
  other.write(request);
  await until(() => began.length === 2);
  session.destroy();
  await aborted(began[1]!.signal);
});

test("requests that end in the middle of a message are refused", async () => {
  const session = await start();
  for (const cut of [2, request.length - 1]) {
    const stream = begin(session, "Join");
    const answer = answerOf(stream);
    stream.end(Buffer.concat([request, request.subarray(0, cut)]));
    expect((await answer).all["grpc-status"]).toBe("3");
  }
});

test("a request in pieces of one byte is put together", async () => {
  const session = await start();
  const stream = begin(session, "Echo");
  const answer = answerOf(stream);
  const value = { text: "x".repeat(500) };
  for (const byte of frameOf(Buffer.from(JSON.stringify(value))))
    await new Promise((resolve) => stream.write(Buffer.from([byte]), resolve));
  stream.end();
  expect(JSON.parse(framesIn((await answer).body)[0]!.body.toString())).toEqual(value);
});

test("a caller that goes on sending after its answer is cut off", async () => {
  const session = await start({ maxMessageBytes: 100 });
  const stream = begin(session, "Join");
  const answer = answerOf(stream);
  stream.write(frameOf(Buffer.alloc(200)));
  const { all, code } = await answer;
  expect([all["grpc-status"], code]).toEqual(["8", 0]);
});

test.each([
  ["another verb", { ":method": "PUT" }, 405],
  ["another content type", { "content-type": "application/json" }, 415],
])("%s is no call", async (_name, headers, status) => {
  const session = await start();
  const stream = begin(session, "Echo", headers);
  const answer = answerOf(stream);
  stream.end(request);
  expect((await answer).all[":status"]).toBe(status);
});

test("what a connection may have open is announced, and held to", async () => {
  const session = await start({ maxConcurrentStreams: 8 });
  await new Promise((resolve) => session.once("remoteSettings", resolve));
  expect(session.remoteSettings.maxConcurrentStreams).toBe(8);
});

test("calls over the limit are refused as safe to make again, while others go on", async () => {
  const session = await start({ maxConcurrentCalls: 1 });
  const first = begin(session, "Wait");
  const answer = answerOf(first);
  first.end(request);
  await until(() => began.length === 1);
  const second = begin(session, "Echo");
  const refused = answerOf(second);
  second.end(request);
  expect((await refused).all["grpc-status"]).toBe("14");
  letGo();
  expect((await answer).all["grpc-status"]).toBe("0");
});

test.each([
  ["a plain call", "Echo", {}],
  ["a call with a compressed reply", "Echo", { "grpc-accept-encoding": "gzip" }],
  ["a call with a stream of replies", "Count", {}],
])("%s takes its place once its request has come", async (_what, method, more) => {
  const session = await start({ maxConcurrentCalls: 1, compression: "gzip" });
  const slow = begin(session, method, more);
  const answer = answerOf(slow);
  slow.write(request.subarray(0, request.length - 1));
  const other = begin(session, "Wait");
  const waited = answerOf(other);
  other.end(request);
  await until(() => began.length === 1);
  letGo();
  expect((await waited).all["grpc-status"]).toBe("0");
  slow.end(request.subarray(request.length - 1));
  expect((await answer).all["grpc-status"]).toBe("0");
});

test("a peer that does not answer a ping is given up", async () => {
  await start({ keepAliveMs: 20, keepAliveTimeoutMs: 20 });
  const [host, port] = app!.server.address.split(":");
  const mute = connectSocket(Number(port), host);
  mute.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  mute.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])); // empty settings
  mute.resume();
  await new Promise((resolve) => mute.once("close", resolve));
});

test("a peer that speaks something else does no harm", async () => {
  const session = await start();
  const [host, port] = app!.server.address.split(":");
  const stranger = connectSocket(Number(port), host);
  stranger.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  stranger.resume();
  stranger.on("error", () => undefined);
  await new Promise((resolve) => stranger.once("close", resolve));
  const stream = begin(session, "Echo");
  const answer = answerOf(stream);
  stream.end(request);
  expect((await answer).all["grpc-status"]).toBe("0");
});

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

test("closes connections beyond `maxConnections`, and takes others when there is room again", async () => {
  const first = await start({ maxConnections: 1 });
  const echo = async (session: ClientHttp2Session): Promise<unknown> => {
    const stream = begin(session, "Echo");
    const answer = answerOf(stream);
    stream.end(request);
    return (await answer).all["grpc-status"];
  };
  expect(await echo(first)).toBe("0");
  const second = opened();
  await until(() => second.destroyed);
  expect(await echo(first)).toBe("0");
  first.destroy();
  let status: unknown;
  // The server hears a little later that there is room.
  while (status !== "0") status = await echo(opened()).catch(() => undefined);
  expect(status).toBe("0");
});

test.each([
  ["a plain call", {}],
  ["a call with a compressed reply", { "grpc-accept-encoding": "gzip" }],
])("%s whose request does not come in time is refused, others go on", async (_what, more) => {
  const session = await start({ messageTimeoutMs: 200, compression: "gzip" });
  const stream = begin(session, "Echo", more);
  const answer = answerOf(stream);
  stream.write(request.subarray(0, request.length - 1));
  const { all } = await answer;
  expect([all["grpc-status"], all["grpc-message"]]).toEqual([
    "4",
    "the request of Greeter.Echo did not come in time. Send faster, or raise messageTimeoutMs",
  ]);
  const other = begin(session, "Echo");
  const echoed = answerOf(other);
  other.end(request);
  expect((await echoed).all["grpc-status"]).toBe("0");
});
