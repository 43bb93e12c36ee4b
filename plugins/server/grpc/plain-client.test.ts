import {
  Client,
  credentials,
  Metadata,
  status,
  type CallOptions,
  type ServiceError,
} from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Context } from "../../../src/index.js";
import { BadRequest, NotFound, Unavailable, type MessageType } from "../../../src/spi.js";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { detailsOf } from "../../../test/support/status-details.js";

/** `message Text { string text = 1; }` */
const Text: MessageType = {
  name: "greeter.v1.Text",
  fields: [
    {
      name: "text",
      protoName: "text",
      number: 1,
      rule: "one",
      type: { kind: "scalar", scalar: "string" },
    },
  ],
};

interface Said {
  readonly text: string;
}

const write = ({ text }: Said): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]);
};
const read = (bytes: Buffer): Said => ({ text: bytes.subarray(2).toString() });
const writeJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const readJson = (bytes: Buffer): unknown => JSON.parse(bytes.toString());

const seen: Context[] = [];
const typed = { input: Text, output: Text };

const handlers = [
  {
    endpoint: "Greeter.Hello",
    ...typed,
    handle: async ({ text }: Said, context: Context) => {
      seen.push(context);
      if (text === "nobody") throw new NotFound("nobody is here", { reason: "test.nobody" });
      if (text === "help")
        throw new NotFound("read on", {
          reason: "test.help",
          details: [{ type: "google.rpc.Help", value: Uint8Array.of(10, 0) }],
        });
      if (text === "invalid")
        throw new BadRequest("invalid request: text: too rude", {
          reason: "schema.invalid",
          data: { issues: ["text: too rude"], fields: ["text"] },
        });
      if (text === "later") throw new Unavailable("come back", { retry: "safe" });
      if (text === "wait") await new Promise(() => undefined);
      return { text: `Hello ${text}` };
    },
  },
  {
    endpoint: "Greeter.Count",
    ...typed,
    replyStream: true,
    async *handle({ text }: Said, context: Context) {
      seen.push(context);
      for (let n = 0; n < Number(text); n += 1) yield { text: String(n) };
    },
  },
  {
    endpoint: "Greeter.Join",
    ...typed,
    requestStream: true,
    handle: async (requests: AsyncIterable<Said>) => {
      const texts: string[] = [];
      for await (const { text } of requests) texts.push(text);
      return { text: texts.join("+") };
    },
  },
  {
    endpoint: "Greeter.Echo",
    ...typed,
    requestStream: true,
    replyStream: true,
    async *handle(requests: AsyncIterable<Said>) {
      for await (const request of requests) yield request;
      yield { text: "bye" };
    },
  },
  { endpoint: "Loose.Echo", handle: async (request: unknown) => ({ got: request }) },
] as const;

let app: GrpcApp;
let client: Client;

beforeEach(async () => {
  seen.length = 0;
  app = await grpcApp({ handlers });
  client = new Client(app.server.address, credentials.createInsecure());
});

afterEach(async () => {
  client.close();
  await app.stop();
});

function call(
  path: string,
  request: Said,
  { metadata = new Metadata(), ...options }: CallOptions & { readonly metadata?: Metadata } = {},
): Promise<Said> {
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(path, write, read, request, metadata, options, (error, reply) =>
      error ? reject(error) : resolve(reply!),
    ),
  );
}

const failure = (work: Promise<unknown>): Promise<ServiceError> =>
  work.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as ServiceError,
  );

describe("a client of any other make", () => {
  test.each([
    ["the path of a .proto", "/greeter.v1.Greeter/Hello"],
    ["go-micro's path", "/greeter.Greeter/Hello"],
    ["a path without a package", "/Greeter/Hello"],
    ["a method with a small letter", "/greeter.v1.Greeter/hello"],
  ])("calls by %s", async (_name, path) => {
    expect(await call(path, { text: "Ann" })).toEqual({ text: "Hello Ann" });
  });

  test("reads a stream of replies", async () => {
    const replies = client.makeServerStreamRequest("/p.Greeter/Count", write, read, { text: "40" });
    const texts: string[] = [];
    for await (const { text } of replies as AsyncIterable<Said>) texts.push(text);
    expect(texts).toEqual(Array.from({ length: 40 }, (_, n) => String(n)));
  });

  test("sends a stream of requests and ends it", async () => {
    const reply = await new Promise((resolve, reject) => {
      const requests = client.makeClientStreamRequest(
        "/p.Greeter/Join",
        write,
        read,
        (error, value) => (error ? reject(error) : resolve(value)),
      );
      for (const text of ["a", "b", "c"]) requests.write({ text });
      requests.end();
    });
    expect(reply).toEqual({ text: "a+b+c" });
  });

  test("talks both ways, and hears on after it has ended its side", async () => {
    const talk = client.makeBidiStreamRequest("/p.Greeter/Echo", write, read);
    const texts: string[] = [];
    talk.write({ text: "1" });
    for await (const { text } of talk as AsyncIterable<Said>) {
      texts.push(text);
      if (text === "1") talk.write({ text: "2" });
      if (text === "2") talk.end();
    }
    expect(texts).toEqual(["1", "2", "bye"]);
  });

  test("gets an error as a status, with go-micro's error in the details", async () => {
    const error = await failure(call("/p.Greeter/Hello", { text: "nobody" }));
    expect([error.code, error.details]).toEqual([status.NOT_FOUND, "nobody is here"]);
    const [details] = error.metadata.get("grpc-status-details-bin") as Buffer[];
    const text = details!.toString("latin1");
    expect(text).toContain("type.googleapis.com/errors.Error");
    expect(text).toContain("greeter");
  });

  test("learns the rest in the words of google.rpc", async () => {
    const error = await failure(call("/p.Greeter/Hello", { text: "nobody" }));
    expect(detailsOf(error).map(({ type }) => type)).toEqual([
      "errors.Error",
      "google.rpc.ErrorInfo",
    ]);
    expect(detailsOf(error)[1]!.value.toString("latin1")).toContain("test.nobody");
    const invalid = await failure(call("/p.Greeter/Hello", { text: "invalid" }));
    const [, , violations] = detailsOf(invalid);
    expect(invalid.code).toBe(status.INVALID_ARGUMENT);
    expect(violations!.type).toBe("google.rpc.BadRequest");
    // field_violations { field: "text", description: "too rude" }
    expect(violations!.value.toString("latin1")).toBe("\n\x10\n\x04text\x12\x08too rude");
    const safe = await failure(call("/p.Greeter/Hello", { text: "later" }));
    expect(detailsOf(safe).map(({ type }) => type)).toEqual([
      "errors.Error",
      "google.rpc.RetryInfo",
    ]);
  });

  test("gets the details that a handler gives, and no others", async () => {
    const error = await failure(call("/p.Greeter/Hello", { text: "help" }));
    expect(detailsOf(error)).toEqual([{ type: "google.rpc.Help", value: Buffer.from([10, 0]) }]);
  });

  test("of go-micro's make gets go-micro's JSON as the message", async () => {
    const metadata = new Metadata();
    metadata.set("x-content-type", "application/protobuf");
    const error = await failure(call("/greeter.Greeter/Hello", { text: "nobody" }, { metadata }));
    expect(JSON.parse(error.details)).toMatchObject({
      id: "greeter",
      code: 404,
      detail: "nobody is here",
      status: "Not Found",
    });
  });

  test.each([
    ["/p.Nobody/Hello", status.UNIMPLEMENTED, "Nobody"],
    ["/p.Greeter/Bye", status.UNIMPLEMENTED, "Bye"],
    ["/nonsense", status.INVALID_ARGUMENT, "nonsense"],
  ])("learns that nobody serves %s", async (path, code, word) => {
    const error = await failure(call(path, { text: "Ann" }));
    expect(error.code).toBe(code);
    expect(error.details).toContain(word);
  });

  test("gives a deadline, which the handler knows and hears of", async () => {
    const error = await failure(
      call("/p.Greeter/Hello", { text: "wait" }, { deadline: Date.now() + 150 }),
    );
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    const [context] = seen;
    expect(context!.deadline).toBeInstanceOf(Date);
    await aborted(context!.signal);
  });

  test("cancels, and the handler hears of it", async () => {
    const replies = client.makeServerStreamRequest("/p.Greeter/Count", write, read, {
      text: "1000000",
    });
    const ended = new Promise<ServiceError>((resolve) => replies.once("error", resolve));
    replies.once("data", () => replies.cancel());
    expect((await ended).code).toBe(status.CANCELLED);
    await aborted(seen[0]!.signal);
  });

  test("sends metadata; bytes arrive as base64, repeated values joined", async () => {
    const metadata = new Metadata();
    metadata.set("X-Tenant", "acme");
    metadata.add("x-list", "a");
    metadata.add("x-list", "b");
    metadata.set("x-key-bin", Buffer.from([1, 2, 255]));
    await call("/p.Greeter/Hello", { text: "Ann" }, { metadata });
    expect(seen[0]!.metadata).toMatchObject({
      "x-tenant": "acme",
      "x-list": "a, b",
      "x-key-bin": "AQL/",
    });
    expect(Object.keys(seen[0]!.metadata).filter((name) => name.startsWith("plugboard"))).toEqual(
      [],
    );
  });

  test("calls a service without types in JSON", async () => {
    const reply = await new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        "/greeter.Loose/Echo",
        writeJson,
        readJson,
        { a: [1, null] },
        (error, value) => (error ? reject(error) : resolve(value)),
      ),
    );
    expect(reply).toEqual({ got: { a: [1, null] } });
  });

  test("cannot send more than the limit", async () => {
    const text = "x".repeat(100);
    const small = await grpcApp({ handlers, server: { maxMessageBytes: 64 } });
    const other = new Client(small.server.address, credentials.createInsecure());
    try {
      const error = await failure(
        new Promise((resolve, reject) =>
          other.makeUnaryRequest("/p.Greeter/Hello", write, read, { text }, (failed, reply) =>
            failed ? reject(failed) : resolve(reply),
          ),
        ),
      );
      expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    } finally {
      other.close();
      await small.stop();
    }
  });
});

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
