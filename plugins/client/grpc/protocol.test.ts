import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { RpcError, type EndpointShape } from "../../../src/spi.js";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";

/** What the server does with a call. */
let serve: (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void;
let server: Http2Server;
let app: GrpcApp;
let address: string;

beforeEach(async () => {
  server = createServer();
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    serve(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  app = await grpcApp({ client: { retries: 0 } });
});

afterEach(async () => {
  await app.stop();
  await new Promise((resolve) => server.close(resolve));
});

/** A reply in JSON, behind its five bytes. */
function message(value: unknown, flag = 0): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(5);
  head.writeUInt8(flag);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

const headers = { ":status": 200, "content-type": "application/grpc+json" };

/** Answers with these messages, and a status when there is one. */
const reply =
  (messages: readonly Buffer[], status?: number): typeof serve =>
  (stream) => {
    stream.respond(headers, { waitForTrailers: status !== undefined });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
    for (const bytes of messages) stream.write(bytes);
    stream.end();
  };

async function* requests(): AsyncGenerator<unknown> {
  yield await Promise.resolve({ n: 1 });
}

const unary: EndpointShape = { endpoint: "Greeter.Hello" };

/** What a call comes to. */
async function failure(shape = unary, timeoutMs = 5_000): Promise<unknown> {
  const body = shape.requestStream ? requests() : { n: 1 };
  const call = app.client.call(app.client.newRequest("greeter", shape, body), {
    address,
    timeoutMs,
  });
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  return error instanceof RpcError ? [error.code, error.reason] : error;
}

describe("a server that breaks the rules", () => {
  test("ends a call without a status", async () => {
    serve = reply([message({})]);
    expect(await failure()).toEqual([500, "client.bad-reply"]);
  });

  test("answers a call for one reply with none, or with two", async () => {
    const shape = { endpoint: "Greeter.Join", requestStream: true };
    for (const messages of [[], [message({}), message({})]]) {
      serve = reply(messages, 0);
      expect(await failure(shape)).toEqual([501, "client.reply-count"]);
    }
  });

  test("sends what cannot be read", async () => {
    serve = reply([Buffer.from([0, 0, 0, 0, 1, 1])], 0);
    expect(await failure()).toEqual([500, "client.bad-reply"]);
  });

  test("compresses without a word of how", async () => {
    serve = reply([message({}, 1)], 0);
    expect(await failure()).toEqual([500, "peer.error"]);
  });

  test("gives up just before the deadline that it was told", async () => {
    serve = (stream, { "grpc-timeout": timeout }) => {
      const ms = parseInt(String(timeout), 10) / 1_000;
      setTimeout(() => stream.close(8), ms - 5);
    };
    expect(await failure(unary, 200)).toEqual([408, "client.timeout"]);
  });
});
