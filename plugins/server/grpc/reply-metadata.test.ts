import {
  Client,
  credentials,
  Metadata,
  status,
  type ServiceError,
  type StatusObject,
} from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { Conflict, type Context } from "../../../src/spi.js";

const say = (context: Context): void => {
  context.replyHeaders["X-Cost"] = "3";
  context.replyHeaders["x-key-bin"] = "AQL/, AA==";
  context.replyTrailers["x-rows"] = "7";
};

const handlers = [
  {
    endpoint: "Greeter.Hello",
    handle: async ({ fail }: { fail?: boolean }, context: Context) => {
      say(context);
      if (fail) throw new Conflict("taken");
      return {};
    },
  },
  {
    endpoint: "Greeter.Count",
    replyStream: true,
    async *handle(_request: object, context: Context) {
      say(context);
      yield { n: 1 };
      context.replyHeaders["x-late"] = "1";
      context.replyTrailers["x-last"] = "1";
    },
  },
];

let app: GrpcApp;
let client: Client;

beforeEach(async () => {
  app = await grpcApp({ handlers });
  client = new Client(app.server.address, credentials.createInsecure());
});

afterEach(async () => {
  client.close();
  await app.stop();
});

const write = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const read = (bytes: Buffer): object => JSON.parse(bytes.toString()) as object;

/** What a client of another make sees of a unary call. */
function call(
  request: object,
): Promise<{ head: Metadata; end: StatusObject; error?: ServiceError }> {
  return new Promise((resolve) => {
    let head = new Metadata();
    let failed: ServiceError | null = null;
    const path = "/greeter.Greeter/Hello";
    const made = client.makeUnaryRequest(path, write, read, request, (error) => (failed = error));
    made.on("metadata", (metadata: Metadata) => (head = metadata));
    made.on("status", (end: StatusObject) =>
      resolve({ head, end, ...(failed && { error: failed }) }),
    );
  });
}

test("headers are initial metadata, trailers are trailers", async () => {
  const { head, end } = await call({});
  expect(head.get("x-cost")).toEqual(["3"]);
  expect(head.get("x-key-bin")).toEqual([Buffer.from([1, 2, 255]), Buffer.from([0])]);
  expect(head.get("x-rows")).toEqual([]);
  expect(end.metadata.get("x-rows")).toEqual(["7"]);
});

test("with an error, too", async () => {
  const { head, end, error } = await call({ fail: true });
  expect(error!.code).toBe(status.ALREADY_EXISTS);
  expect(head.get("x-cost")).toEqual(["3"]);
  expect(end.metadata.get("x-rows")).toEqual(["7"]);
});

test("a stream sends its headers with the first reply, and what comes later at the end", async () => {
  const replies = client.makeServerStreamRequest("/greeter.Greeter/Count", write, read, {});
  let head = new Metadata();
  replies.on("metadata", (metadata: Metadata) => (head = metadata));
  const ended = new Promise<StatusObject>((resolve) => replies.once("status", resolve));
  const got: unknown[] = [];
  for await (const reply of replies) got.push(reply);
  expect(got).toEqual([{ n: 1 }]);
  expect([head.get("x-cost"), head.get("x-late")]).toEqual([["3"], []]);
  const { metadata } = await ended;
  expect([metadata.get("x-rows"), metadata.get("x-last"), metadata.get("x-late")]).toEqual([
    ["7"],
    ["1"],
    [],
  ]);
});
