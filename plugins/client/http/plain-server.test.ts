import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as listen, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { CallOptions } from "../../../src/index.js";
import { RpcError, type EndpointShape } from "../../../src/spi.js";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let address: string;
let answer: Answer;
let app: HttpApp;
const requests: IncomingMessage[] = [];
const bodies: string[] = [];

beforeEach(async () => {
  requests.length = bodies.length = 0;
  answer = (_request, response) => json(response, 200, '{"ok":true}');
  server = createServer((request, response) => {
    requests.push(request);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      bodies.push(body);
      answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  app = await httpApp();
});

afterEach(async () => {
  await app.stop();
  server.closeAllConnections();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
});

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(body);
}

const hello = { endpoint: "Greeter.Hello" };
const count: EndpointShape = { endpoint: "Greeter.Count", replyStream: true };
const join: EndpointShape = { endpoint: "Greeter.Join", requestStream: true };

const call = (shape: EndpointShape, body: unknown, options: CallOptions = {}, from = app) =>
  from.client.call(from.client.newRequest("greeter", shape, body), { address, ...options });

const stream = (shape: EndpointShape, body: unknown, options: CallOptions = {}, from = app) =>
  from.client.stream(from.client.newRequest("greeter", shape, body), { address, ...options });

async function failure(work: Promise<unknown>): Promise<RpcError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
}

async function all(replies: AsyncIterable<unknown>): Promise<unknown[]> {
  const got: unknown[] = [];
  for await (const reply of replies) got.push(reply);
  return got;
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

describe("a request", () => {
  test("is a POST of JSON to the endpoint's path", async () => {
    expect(await call(hello, { name: "Ann" }, { timeoutMs: 2_000 })).toEqual({ ok: true });
    const [{ method, url, headers }] = requests as [IncomingMessage];
    expect([method, url, bodies[0]]).toEqual([
      "POST",
      "/greeter/Greeter/Hello",
      '{"name":"Ann"}\n',
    ]);
    expect(headers).toMatchObject({
      "content-type": "application/json",
      accept: "application/json",
      "micro-from-service": "greeter",
    });
    const nanoseconds = Number(headers["timeout"]);
    expect(nanoseconds).toBeGreaterThan(1_000_000_000);
    expect(nanoseconds).toBeLessThanOrEqual(2_000_000_000);
    for (const name of Object.keys(headers)) expect(name).not.toMatch(/^plugboard-/);
  });

  test("brings metadata of any script, and none that belongs to HTTP", async () => {
    const metadata = { "X-Tenant": "acme", "x-user": "Grüße", "content-length": "1", host: "evil" };
    await call(hello, {}, { metadata });
    const { headers } = requests[0]!;
    expect(headers["x-tenant"]).toBe("acme");
    expect(Buffer.from(headers["x-user"] as string, "latin1").toString()).toBe("Grüße");
    expect([headers["content-length"], headers.host]).toEqual(["3", address]);
  });

  test("cannot be split by metadata", async () => {
    await call(hello, {}, { metadata: { "x-evil": "a\r\nx-other: b" } });
    expect(requests[0]!.headers["x-evil"]).toBe("a  x-other: b");
    expect(requests[0]!.headers["x-other"]).toBeUndefined();
    const error = await failure(call(hello, {}, { metadata: { "x evil": "a" } }));
    expect([error.code, error.reason]).toEqual([400, "transport.bad-header"]);
    expect(requests).toHaveLength(1);
  });

  test("names service and endpoint so that they are read as they were meant", async () => {
    const { client } = app;
    await client.call(client.newRequest("a/b ?", { endpoint: "Type.Me%thod" }, {}), { address });
    expect(requests[0]!.url).toBe("/a%2Fb%20%3F/Type/Me%25thod");
  });

  test("may be of another codec, but not of one with an envelope or for streams", async () => {
    const type = "application/protobuf";
    const input = { name: "greeter.v1.Nothing", fields: [] };
    answer = (_request, response) => response.writeHead(200, { "content-type": type }).end();
    expect(await call({ ...hello, input, output: input }, {}, { contentType: type })).toEqual({});
    expect(requests[0]!.headers["content-type"]).toBe(type);
    const error = await failure(all(stream(count, {}, { contentType: type })));
    expect([error.code, error.reason]).toEqual([415, "server.content-type"]);
    expect(requests).toHaveLength(1);
  });

  test("of many is a JSON text on each line", async () => {
    async function* texts(): AsyncGenerator<unknown> {
      for (const text of ["a", "b"]) {
        await Promise.resolve();
        yield { text };
      }
    }
    expect(await call(join, texts())).toEqual({ ok: true });
    expect(requests[0]!.headers).toMatchObject({
      "content-type": "application/x-ndjson",
      "plugboard-shape": "client-stream",
    });
    expect(bodies[0]).toBe('\n{"text":"a"}\n{"text":"b"}\n');
  });
});

describe("an answer", () => {
  const told = '{"id":"go.greeter","code":409,"detail":"busy","status":"Conflict"}';

  test.each([
    ["go-micro's JSON", 409, "application/json", told, [409, "go.greeter", "busy", undefined]],
    ["a deadline", 504, "text/html", "<h1>", [408, "greeter", undefined, "peer.error"]],
    ["a proxy's page", 502, "text/html", "<h1>", [502, "greeter", undefined, "peer.error"]],
    [
      "JSON of another make",
      404,
      "application/json",
      "[]",
      [404, "greeter", undefined, "peer.error"],
    ],
    ["a code of its own", 418, "text/plain", "tea", [400, "greeter", undefined, "peer.error"]],
    ["a redirect", 302, "text/plain", "", [500, "greeter", undefined, "peer.error"]],
  ] as const)("fails with %s", async (_name, status, type, body, [code, id, detail, reason]) => {
    answer = (_request, response) =>
      response.writeHead(status, { "content-type": type, location: "/" }).end(body);
    const error = await failure(call(hello, {}, { retries: 0 }));
    expect([error.code, error.id, error.reason]).toEqual([code, id, reason]);
    expect(error.detail).toContain(detail ?? String(status));
    expect(requests).toHaveLength(1);
  });

  test.each([
    ["of another type", "text/html", "<h1>hello</h1>", "text/html"],
    ["that is no JSON", "application/json", "{", "cannot be read"],
    ["that is a stream", "application/x-ndjson", "{}\n{}\n", "call the endpoint as one"],
  ])("%s cannot be a reply", async (_name, type, body, word) => {
    answer = (_request, response) => response.writeHead(200, { "content-type": type }).end(body);
    const error = await failure(call(hello, {}));
    expect([error.code, error.reason]).toEqual([503, "client.bad-reply"]);
    expect(error.detail).toContain(word);
  });

  test("over the limit is refused", async () => {
    const small = await httpApp({ client: { maxMessageBytes: 16 } });
    try {
      answer = (_request, response) => json(response, 200, JSON.stringify("x".repeat(100_000)));
      const error = await failure(call(hello, {}, {}, small));
      expect([error.code, error.reason]).toEqual([413, "transport.too-large"]);
      answer = (_request, response) =>
        response
          .writeHead(200, { "content-type": "application/x-ndjson" })
          .end(`{"n":1}\n"${"x".repeat(100)}"\n`);
      const replies = stream(count, {}, {}, small)[Symbol.asyncIterator]();
      expect((await replies.next()).value).toEqual({ n: 1 });
      expect((await failure(replies.next())).reason).toBe("transport.too-large");
    } finally {
      await small.stop();
    }
  });

  test("that is no HTTP cannot be a reply", async () => {
    const error = await against((socket) =>
      socket.once("data", () => socket.end("nonsense\r\n\r\n")),
    );
    expect([error.code, error.reason]).toEqual([503, "client.bad-reply"]);
  });

  test("that never comes is Unavailable, and the call not safe to make again", async () => {
    const error = await against((socket) => socket.once("data", () => socket.destroy()));
    expect([error.code, error.reason, error.retry]).toEqual([503, "transport.closed", undefined]);
  });

  test("that breaks off is no reply", async () => {
    const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n";
    const error = await against((socket) => socket.once("data", () => socket.end(`${head}{`)));
    expect([error.code, error.reason, error.retry]).toEqual([503, "transport.closed", undefined]);
  });
});

describe("a stream of replies", () => {
  const ndjson = (response: ServerResponse): ServerResponse =>
    response.writeHead(200, { "content-type": "application/x-ndjson" });

  test("is read line by line, however it comes", async () => {
    answer = (_request, response) => {
      ndjson(response).write('{"n":1}\r\n\n{"n"');
      setImmediate(() => response.end(':2}\n{"n":3}'));
    };
    expect(await all(stream(count, {}))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test("ends with the error of its last line", async () => {
    const error = '{"error":{"code":404,"detail":"no more","reason":"test.end"}}';
    answer = (_request, response) => ndjson(response).end(`{"n":1}\n${error}\n`);
    const replies = stream(count, {})[Symbol.asyncIterator]();
    expect((await replies.next()).value).toEqual({ n: 1 });
    expect(await failure(replies.next())).toMatchObject({ code: 404, reason: "test.end" });
  });

  test("takes a reply that looks like an error for what it is", async () => {
    answer = (_request, response) => ndjson(response).end(' {"error":{"code":404}}\n');
    expect(await all(stream(count, {}))).toEqual([{ error: { code: 404 } }]);
  });

  test("that breaks off is not taken for a whole one", async () => {
    answer = (_request, response) => {
      ndjson(response).write('{"n":1}\n');
      setImmediate(() => response.destroy());
    };
    const replies = stream(count, {})[Symbol.asyncIterator]();
    expect((await replies.next()).value).toEqual({ n: 1 });
    expect((await failure(replies.next())).reason).toBe("transport.closed");
  });

  test("that is not read any more is given up", async () => {
    let closed = false;
    answer = (_request, response) => {
      response.once("close", () => (closed = true));
      ndjson(response).write('{"n":1}\n');
    };
    for await (const _ of stream(count, {})) break;
    await until(() => closed);
  });
});

describe("a connection", () => {
  test("is used again", async () => {
    const ports = new Set<number | undefined>();
    answer = ({ socket }, response) => {
      ports.add(socket.remotePort);
      json(response, 200, "{}");
    };
    for (let turn = 0; turn < 10; turn += 1) await call(hello, {});
    expect(ports.size).toBeLessThanOrEqual(2); // one may not yet be free when the next call is made
  });

  test("is one of several where calls overlap, up to the limit", async () => {
    const two = await httpApp({ client: { maxConnections: 2 } });
    const held: ServerResponse[] = [];
    answer = (_request, response) => held.push(response);
    try {
      const calls = Array.from({ length: 3 }, () => call(hello, {}, {}, two));
      await until(() => held.length === 2);
      for (let turn = 0; turn < 50; turn += 1) await new Promise((done) => setImmediate(done));
      expect(held).toHaveLength(2);
      json(held[0]!, 200, "{}");
      await until(() => held.length === 3);
      for (const response of held.slice(1)) json(response, 200, "{}");
      expect(await Promise.all(calls)).toEqual([{}, {}, {}]);
    } finally {
      await two.stop();
    }
  });

  test("to nobody is Unavailable, safe to retry", async () => {
    const gone = listen();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise<void>((resolve) => void gone.close(() => resolve()));
    const error = await failure(call(hello, {}, { address: `127.0.0.1:${port}`, retries: 0 }));
    expect([error.code, error.reason, error.retry]).toEqual([
      503,
      "transport.connect-failed",
      "safe",
    ]);
  });

  test("that a call waits for is given up with it", async () => {
    answer = () => undefined;
    const caller = new AbortController();
    const { signal } = caller;
    const waiting = failure(call(hello, {}, { signal }));
    await until(() => requests.length === 1);
    let closed = false;
    requests[0]!.socket.once("close", () => (closed = true));
    caller.abort();
    expect((await waiting).code).toBe(499);
    await until(() => closed);
  });
});

/** What a call comes to when the server does nothing but this. */
async function against(accept: (socket: Socket) => void): Promise<RpcError> {
  const raw = listen((socket) => {
    socket.on("error", () => undefined).resume();
    accept(socket);
  });
  await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
  const { port } = raw.address() as AddressInfo;
  const error = await failure(call(hello, {}, { address: `127.0.0.1:${port}`, retries: 0 }));
  await new Promise<void>((resolve) => void raw.close(() => resolve()));
  return error;
}
