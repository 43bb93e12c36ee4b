import { createServer, type Http2Server, type IncomingHttpHeaders } from "node:http2";
import { createServer as listen, type AddressInfo, type Socket } from "node:net";
import {
  Server,
  ServerCredentials,
  status,
  type Metadata,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { CallOptions } from "../../../src/index.js";
import { RpcError, type EndpointShape } from "../../../src/spi.js";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";

interface Said {
  readonly text: string;
}

const write = (value: Said): Buffer => Buffer.from(JSON.stringify(value));
const read = (bytes: Buffer): Said => JSON.parse(bytes.toString()) as Said;

const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: write,
  requestDeserialize: read,
  responseSerialize: write,
  responseDeserialize: read,
});

const service = {
  Hello: method("/greeter.v1.Greeter/Hello", false, false),
  Count: method("/greeter.v1.Greeter/Count", false, true),
  Join: method("/greeter.v1.Greeter/Join", true, false),
  Echo: method("/greeter.v1.Greeter/Echo", true, true),
};

/** What the server has seen. */
const seen: { metadata: Metadata[]; cancelled: string[]; deadlines: number[] } = {
  metadata: [],
  cancelled: [],
  deadlines: [],
};

const implementation = {
  Hello({ request, metadata }: ServerUnaryCall<Said, Said>, reply: sendUnaryData<Said>) {
    seen.metadata.push(metadata);
    if (request.text === "nobody") {
      reply({ code: status.NOT_FOUND, details: "nobody is here" });
    } else if (request.text === "go") {
      const details = JSON.stringify({ id: "go.greeter", code: 409, detail: "busy" });
      reply({ code: status.ALREADY_EXISTS, details });
    } else if (request.text === "gateway") {
      reply({ code: status.UNAVAILABLE, details: "No connection established. Last error: x" });
    } else if (request.text !== "wait") {
      reply(null, { text: `Hello ${request.text}` });
    }
  },
  Count(call: ServerWritableStream<Said, Said>) {
    seen.deadlines.push(Number(call.getDeadline()));
    call.on("cancelled", () => seen.cancelled.push("Count"));
    for (let n = 0; n < Number(call.request.text); n += 1) call.write({ text: String(n) });
    if (call.request.text !== "3") call.end();
  },
  Join(call: ServerReadableStream<Said, Said>, reply: sendUnaryData<Said>) {
    const texts: string[] = [];
    call.on("data", ({ text }: Said) => texts.push(text));
    call.on("end", () => reply(null, { text: texts.join("+") }));
  },
  Echo(call: ServerDuplexStream<Said, Said>) {
    call.on("data", (said: Said) => call.write(said));
    call.on("end", () => {
      call.write({ text: "bye" });
      call.end();
    });
  },
};

const shapes = {
  hello: { endpoint: "Greeter.Hello", path: "/greeter.v1.Greeter/Hello" },
  count: { endpoint: "Greeter.Count", path: "/greeter.v1.Greeter/Count", replyStream: true },
  join: { endpoint: "Greeter.Join", path: "/greeter.v1.Greeter/Join", requestStream: true },
  echo: {
    endpoint: "Greeter.Echo",
    path: "/greeter.v1.Greeter/Echo",
    requestStream: true,
    replyStream: true,
  },
} satisfies Record<string, EndpointShape>;

let server: Server;
let address: string;
let app: GrpcApp;

beforeEach(async () => {
  seen.metadata = [];
  seen.cancelled = [];
  seen.deadlines = [];
  server = new Server();
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  address = `127.0.0.1:${port}`;
  app = await grpcApp();
});

afterEach(async () => {
  await app.stop();
  server.forceShutdown();
});

const call = (shape: EndpointShape, body: unknown, options: CallOptions = {}) =>
  app.client.call(app.client.newRequest("greeter", shape, body), { address, ...options });

const stream = (shape: EndpointShape, body: unknown, options: CallOptions = {}) =>
  app.client.stream(app.client.newRequest("greeter", shape, body), { address, ...options });

async function* said(...texts: readonly string[]): AsyncGenerator<Said> {
  for (const text of texts) {
    await Promise.resolve();
    yield { text };
  }
}

async function failure(work: Promise<unknown>): Promise<RpcError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
}

async function textsOf(replies: AsyncIterable<unknown>): Promise<string[]> {
  const texts: string[] = [];
  for await (const reply of replies) texts.push((reply as Said).text);
  return texts;
}

describe("a server of any other make", () => {
  test("is called by the path of its .proto", async () => {
    expect(await call(shapes.hello, { text: "Ann" })).toEqual({ text: "Hello Ann" });
  });

  test("sends a stream of replies, more than fits at once", async () => {
    const texts = await textsOf(stream(shapes.count, { text: "1000" }));
    expect(texts).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n)));
  });

  test("gets a stream of requests and its end", async () => {
    expect(await call(shapes.join, said("a", "b", "c"))).toEqual({ text: "a+b+c" });
  });

  test("talks both ways, and answers on after our side has ended", async () => {
    expect(await textsOf(stream(shapes.echo, said("1", "2")))).toEqual(["1", "2", "bye"]);
  });

  test("fails with a status", async () => {
    const error = await failure(call(shapes.hello, { text: "nobody" }));
    expect([error.code, error.id, error.detail]).toEqual([404, "greeter", "nobody is here"]);
  });

  test("fails with go-micro's JSON", async () => {
    const error = await failure(call(shapes.hello, { text: "go" }));
    expect([error.code, error.id, error.detail]).toEqual([409, "go.greeter", "busy"]);
  });

  test("that itself cannot reach somebody has begun: not safe to retry", async () => {
    const error = await failure(call(shapes.hello, { text: "gateway" }));
    expect([error.code, error.reason, error.retry]).toEqual([503, "peer.error", undefined]);
    expect(seen.metadata).toHaveLength(1);
  });

  test("does not know a method", async () => {
    const error = await failure(call({ endpoint: "Greeter.Bye" }, {}));
    expect(error.code).toBe(501);
  });

  test("is given the deadline, and cut off when it passes", async () => {
    const error = await failure(textsOf(stream(shapes.count, { text: "3" }, { timeoutMs: 150 })));
    expect([error.code, error.reason]).toEqual([408, "client.timeout"]);
    const left = seen.deadlines[0]! - Date.now();
    expect(left).toBeLessThanOrEqual(150);
    await until(() => seen.cancelled.length === 1);
  });

  test("hears that a stream is not read any more", async () => {
    for await (const _ of stream(shapes.count, { text: "3" })) break;
    await until(() => seen.cancelled.length === 1);
  });

  test("hears that a call is cancelled", async () => {
    const caller = new AbortController();
    const { signal } = caller;
    const waiting = failure(call(shapes.hello, { text: "wait" }, { signal }));
    await until(() => seen.metadata.length === 1);
    caller.abort();
    expect((await waiting).code).toBe(499);
  });

  test("gets metadata: texts, bytes, and texts of any script as bytes", async () => {
    const metadata = { "X-Tenant": "acme", "x-key-bin": "AQL/", "x-user": "Grüße" };
    await call(shapes.hello, { text: "Ann" }, { metadata });
    const [got] = seen.metadata;
    expect(got!.get("x-tenant")).toEqual(["acme"]);
    expect(got!.get("x-key-bin")).toEqual([Buffer.from([1, 2, 255])]);
    expect(got!.get("x-user-bin")).toEqual([Buffer.from("Grüße")]);
    expect(got!.get("micro-from-service")).toEqual(["greeter"]);
  });

  test("that is not there is Unavailable, safe to retry", async () => {
    server.forceShutdown();
    const error = await failure(call(shapes.hello, {}, { retries: 0 }));
    expect([error.code, error.reason, error.retry]).toEqual([
      503,
      "transport.connect-failed",
      "safe",
    ]);
  });

  test("may answer no more than the limit", async () => {
    const small = await grpcApp({ client: { maxMessageBytes: 16 } });
    const { client } = small;
    const text = "x".repeat(100);
    try {
      const request = client.newRequest("greeter", shapes.hello, { text });
      const error = await failure(client.call(request, { address }));
      expect([error.code, error.reason]).toEqual([413, "transport.too-large"]);
    } finally {
      await small.stop();
    }
  });
});

describe("what goes over the wire", () => {
  let raw: Http2Server;
  let heads: IncomingHttpHeaders[];

  beforeEach(async () => {
    heads = [];
    raw = createServer();
    raw.on("stream", (answer, headers) => {
      heads.push(headers);
      answer.respond(
        { ":status": 200, "content-type": "application/grpc", "grpc-status": "12" },
        { endStream: true },
      );
    });
    await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
  });

  afterEach(() => new Promise<void>((resolve) => void raw.close(() => resolve())));

  const head = async (shape: EndpointShape, options: CallOptions = {}) => {
    const { port } = raw.address() as AddressInfo;
    await failure(call(shape, {}, { address: `127.0.0.1:${port}`, ...options }));
    await app.client.close();
    return heads[0]!;
  };

  test("is go-micro's path, content type and time limit", async () => {
    const headers = await head({ endpoint: "Greeter.Hello" }, { timeoutMs: 2_000 });
    expect(headers).toMatchObject({
      ":path": "/greeter.Greeter/Hello",
      "content-type": "application/grpc+json",
      "x-content-type": "application/json",
    });
    const micros = Number(/^(\d+)u$/.exec(String(headers["grpc-timeout"]))?.[1]);
    expect(micros).toBeGreaterThan(1_000_000);
    expect(micros).toBeLessThanOrEqual(2_000_000);
    expect(Number(headers["timeout"])).toBeLessThanOrEqual(2_000_000_000);
    for (const name of ["micro-id", "micro-service", "micro-endpoint"])
      expect(headers[name]).toBeUndefined();
  });

  test("is the path of the .proto and protobuf where the contract has them", async () => {
    const input = { name: "greeter.v1.Nothing", fields: [] };
    const headers = await head({ ...shapes.hello, input, output: input });
    expect(headers).toMatchObject({
      ":path": "/greeter.v1.Greeter/Hello",
      "content-type": "application/grpc+proto",
      "x-content-type": "application/protobuf",
    });
  });
});

describe("a connection", () => {
  test("that breaks under a call is Unavailable, and the call not safe to make again", async () => {
    const raw = createServer();
    raw.on("stream", (answer) => answer.session!.destroy());
    await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
    const { port } = raw.address() as AddressInfo;
    const error = await failure(call(shapes.hello, {}, { address: `127.0.0.1:${port}` }));
    expect([error.code, error.reason, error.retry]).toEqual([503, "transport.closed", undefined]);
    await new Promise<void>((resolve) => void raw.close(() => resolve()));
  });

  test("that never comes about is given up", async () => {
    const sockets: Socket[] = [];
    const mute = listen((socket) => {
      sockets.push(socket.on("error", () => undefined));
    });
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const { port } = mute.address() as AddressInfo;
    const hasty = await grpcApp({ client: { dialTimeoutMs: 100 } });
    const request = hasty.client.newRequest("greeter", shapes.hello, {});
    const options = { address: `127.0.0.1:${port}`, retries: 0 };
    const error = await failure(hasty.client.call(request, options));
    expect([error.code, error.reason, error.retry]).toEqual([
      408,
      "transport.connect-timeout",
      "safe",
    ]);
    await hasty.stop();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => void mute.close(() => resolve()));
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
