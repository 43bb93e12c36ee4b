import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, expect, test } from "@jest/globals";
import { grpcClient, type GrpcClientOptions } from "./index.js";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { frameOf, rawServer, type RawFrame } from "../../../test/support/raw-grpc.js";

const big = "x".repeat(10_000);
let app: GrpcApp | undefined;
let server: Awaited<ReturnType<typeof rawServer>> | undefined;

afterEach(async () => {
  await app?.stop();
  await server?.close();
});

/** Calls a server that answers with these bytes, compressed; gives what it got, and the outcome. */
async function call(client: GrpcClientOptions, reply: Buffer) {
  const got: { encoding: unknown; frames: RawFrame[] }[] = [];
  server = await rawServer((stream, headers, frames) => {
    got.push({ encoding: headers["grpc-encoding"], frames });
    stream.respond(
      { ":status": 200, "content-type": "application/grpc+json", "grpc-encoding": "gzip" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(frameOf(gzipSync(reply), true));
  });
  app = await grpcApp({ client });
  const outcome = await app.client
    .call(app.client.newRequest("other", "Other.Say", { big }), { address: server.address })
    .then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  return { got: got[0]!, outcome };
}

const reply = Buffer.from(JSON.stringify({ big }));

test("requests go compressed when the client is told to", async () => {
  const { got, outcome } = await call({ compression: "gzip" }, reply);
  expect(got.encoding).toBe("gzip");
  const [frame] = got.frames;
  expect(frame!.compressed).toBe(true);
  expect(JSON.parse(gunzipSync(frame!.body).toString())).toEqual({ big });
  expect(outcome).toEqual({ value: { big } });
});

test("requests go as they are otherwise; compressed replies are read all the same", async () => {
  const { got, outcome } = await call({}, reply);
  expect([got.encoding, got.frames[0]!.compressed]).toEqual([undefined, false]);
  expect(outcome).toEqual({ value: { big } });
});

test("a reply that comes to more than the limit is refused", async () => {
  const { outcome } = await call({ maxMessageBytes: 65_536 }, Buffer.alloc(32 * 1_048_576));
  expect(outcome).toMatchObject({
    error: { code: 413, reason: "transport.too-large", retry: "never" },
  });
});

test("our own ends understand each other", async () => {
  app = await grpcApp({
    client: { compression: "gzip" },
    server: { compression: "gzip" },
    handlers: [{ endpoint: "Greeter.Echo", handle: async (request: unknown) => request }],
  });
  const { client } = app;
  expect(await client.call(client.newRequest("greeter", "Greeter.Echo", { big }))).toEqual({ big });
});

test("an unknown way to compress is refused", () => {
  expect(() => grpcClient({ compression: "brotli" as "gzip" })).toThrow(
    'grpcClient.compression must be one of identity, gzip, got "brotli"',
  );
});
