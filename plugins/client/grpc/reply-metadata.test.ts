import { afterEach, expect, test } from "@jest/globals";
import type { Metadata } from "../../../src/index.js";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { frameOf, rawServer } from "../../../test/support/raw-grpc.js";

let app: GrpcApp | undefined;
let server: Awaited<ReturnType<typeof rawServer>> | undefined;

afterEach(async () => {
  await app?.stop();
  await server?.close();
});

/** Calls a server of another make; gives what was heard, and the outcome. */
async function call(trailers: Readonly<Record<string, string>>, { bare = false } = {}) {
  server = await rawServer((stream) => {
    const head = { ":status": 200, "content-type": "application/grpc+json", date: "today" };
    if (bare) {
      stream.respond({ ...head, ...trailers }, { endStream: true });
      return;
    }
    stream.respond(
      { ...head, "x-cost": ["3", "4"], "x-key-bin": "AQL/" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    stream.end(frameOf(Buffer.from("{}")));
  });
  app = await grpcApp();
  const heard: [string, Metadata][] = [];
  const outcome = await app.client
    .call(app.client.newRequest("other", "Other.Say", {}), {
      address: server.address,
      retries: 0,
      onHeaders: (headers) => heard.push(["headers", { ...headers }]),
      onTrailers: (metadata) => heard.push(["trailers", { ...metadata }]),
    })
    .then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  return { heard, outcome };
}

const headers = { "x-cost": "3, 4", "x-key-bin": "AQL/", date: "today" };

test("what servers of other makes say is heard, without gRPC's own", async () => {
  const { heard, outcome } = await call({ "grpc-status": "0", "x-rows": "7" });
  expect(outcome).toEqual({ value: {} });
  expect(heard).toEqual([
    ["headers", headers],
    ["trailers", { "x-rows": "7" }],
  ]);
});

test("also when they fail", async () => {
  const { heard, outcome } = await call({
    "grpc-status": "5",
    "grpc-message": "gone",
    "x-rows": "7",
  });
  expect(outcome).toMatchObject({ error: { code: 404, detail: "gone" } });
  expect(heard).toEqual([
    ["headers", headers],
    ["trailers", { "x-rows": "7" }],
  ]);
});

test("a server that only fails has only trailers", async () => {
  const { heard, outcome } = await call({ "grpc-status": "5", "x-rows": "7" }, { bare: true });
  expect(outcome).toMatchObject({ error: { code: 404 } });
  expect(heard.map(([part, metadata]) => [part, metadata["x-rows"]])).toEqual([["trailers", "7"]]);
});
