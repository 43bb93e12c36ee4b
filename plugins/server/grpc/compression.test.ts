import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, expect, test } from "@jest/globals";
import { grpcServer } from "./index.js";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { frameOf, rawCall } from "../../../test/support/raw-grpc.js";

const big = "x".repeat(10_000);
const path = "/greeter.Greeter/Echo";
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const seen: unknown[] = [];

const handlers = [
  {
    endpoint: "Greeter.Echo",
    handle: async (request: unknown) => {
      seen.push(request);
      return request;
    },
  },
  {
    endpoint: "Greeter.Count",
    replyStream: true,
    async *handle() {
      for (let n = 0; n < 20; n += 1) yield { n, text: n % 2 === 0 ? big : "small" };
    },
  },
];

let app: GrpcApp | undefined;

afterEach(() => app?.stop());

async function start(server: Parameters<typeof grpcServer>[0] = {}): Promise<string> {
  seen.length = 0;
  app = await grpcApp({ handlers, server });
  return app.server.address;
}

const gzip = { "grpc-accept-encoding": "identity,gzip" };

test("replies go compressed to who can read it", async () => {
  const address = await start({ compression: "gzip" });
  const { headers, trailers, frames } = await rawCall(address, path, gzip, frameOf(json({ big })));
  expect(headers["grpc-encoding"]).toBe("gzip");
  expect(trailers["grpc-status"]).toBe("0");
  expect(frames).toHaveLength(1);
  expect(frames[0]!.compressed).toBe(true);
  expect(frames[0]!.body.length).toBeLessThan(200);
  expect(JSON.parse(gunzipSync(frames[0]!.body).toString())).toEqual({ big });
});

test("others, and small replies, go as they are", async () => {
  const address = await start({ compression: "gzip" });
  const plain = await rawCall(address, path, {}, frameOf(json({ big })));
  expect([plain.headers["grpc-encoding"], plain.frames[0]!.compressed]).toEqual([undefined, false]);
  expect(JSON.parse(plain.frames[0]!.body.toString())).toEqual({ big });
  const small = await rawCall(address, path, gzip, frameOf(json({ a: 1 })));
  expect(small.frames[0]!.compressed).toBe(false);
  expect(JSON.parse(small.frames[0]!.body.toString())).toEqual({ a: 1 });
});

test("nothing is compressed unless the server is told to", async () => {
  const { frames } = await rawCall(await start(), path, gzip, frameOf(json({ big })));
  expect(frames[0]!.compressed).toBe(false);
});

test("a stream keeps its order", async () => {
  const address = await start({ compression: "gzip" });
  const { frames } = await rawCall(address, "/g.Greeter/Count", gzip, frameOf(json({})));
  const values = frames.map(({ compressed, body }) => {
    const text = (compressed ? gunzipSync(body) : body).toString();
    return [compressed, (JSON.parse(text) as { n: number }).n];
  });
  expect(values).toEqual(Array.from({ length: 20 }, (_, n) => [n % 2 === 0, n]));
});

test("compressed requests are read, whatever replies are", async () => {
  const address = await start();
  const zipped = frameOf(gzipSync(json({ a: 1 })), true);
  const { frames } = await rawCall(address, path, { "grpc-encoding": "gzip" }, zipped);
  expect(JSON.parse(frames[0]!.body.toString())).toEqual({ a: 1 });
});

test("a bomb is refused before a handler sees it, and the server goes on", async () => {
  const address = await start({ maxMessageBytes: 65_536 });
  const bomb = frameOf(gzipSync(Buffer.alloc(32 * 1_048_576)), true);
  expect(bomb.length).toBeLessThan(65_536);
  const { headers, trailers } = await rawCall(address, path, { "grpc-encoding": "gzip" }, bomb);
  expect(headers["grpc-status"] ?? trailers["grpc-status"]).toBe("8");
  expect(seen).toEqual([]);
  const { frames } = await rawCall(address, path, {}, frameOf(json({ a: 1 })));
  expect(frames).toHaveLength(1);
});

test("an unknown way to compress is refused", () => {
  expect(() => grpcServer({ compression: "brotli" as "gzip" })).toThrow(
    'grpcServer.compression must be one of identity, gzip, got "brotli"',
  );
});
