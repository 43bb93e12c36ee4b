import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createService, topic, type PlainService } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { rpcServer } from "../../../src/server/rpc-server.js";
import { silentLogger } from "../../../src/base/logger.js";
import { realEnvironment } from "../../../plugins/standard/environment.js";

// Each case goes over a real socket, as a stranger with curl would send it.
const heard: unknown[] = [];
const Heard = topic<{ n: number }>("heard");
const service: PlainService = createService({
  name: "strange",
  environment: realEnvironment({ logger: silentLogger }),
  plugins: {
    registry: memoryRegistry(),
    broker: memoryBroker(),
    server: rpcServer({ address: "127.0.0.1:0", maxMessageBytes: 10_000 }),
  },
})
  .handle("Strange.Echo", (request: unknown) => Promise.resolve(request))
  .handle("Strange.Nothing", () => Promise.resolve())
  .handle("Strange.ThrowsText", () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the case itself
    throw "a text";
  })
  .handle("Strange.Never", () => new Promise(() => undefined), { timeoutMs: 50 })
  .handle("Strange.Iterable", () => Promise.resolve((async function* () {})()))
  .handle("Strange.Stream", async function* () {
    yield await Promise.resolve(1);
  })
  .handle("Strange.NoStream", () => Promise.resolve(1), { replyStream: true })
  .subscribe(Heard, (event) => {
    if (event.data.n < 0) throw new Error("negative");
    heard.push(event.data);
  });

beforeAll(async () => {
  await service.start();
});
afterAll(async () => {
  await service.stop();
});

interface Answer {
  readonly status: number;
  readonly error: {
    readonly code: number;
    readonly detail: string;
    readonly reason?: string;
    readonly id: string;
  };
  readonly body: string;
}

async function send(headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
  const response = await fetch(`http://${service.address}/`, { method: "POST", headers, body });
  const error = response.headers.get("micro-error");
  return {
    status: response.status,
    error: (error === null ? undefined : JSON.parse(error)) as Answer["error"],
    body: await response.text(),
  };
}

const json = { "content-type": "application/json" };
const echo = { ...json, "micro-endpoint": "Strange.Echo" };

test.each([
  ["no endpoint", json, "{}", 400, /no endpoint: send header Micro-Endpoint/],
  [
    "an unknown type",
    { ...json, "micro-endpoint": "Other.Echo" },
    "{}",
    404,
    /can't find service Other/,
  ],
  [
    "an unknown method",
    { ...json, "micro-endpoint": "Strange.Other" },
    "{}",
    404,
    /can't find method Other/,
  ],
  [
    "an ill-formed endpoint",
    { ...json, "micro-endpoint": "a.b.c" },
    "{}",
    404,
    /request ill-formed: a\.b\.c/,
  ],
  [
    "an unknown content type",
    { ...echo, "content-type": "text/xml" },
    "<a/>",
    415,
    /known here: application\/protobuf/,
  ],
  [
    "a charset",
    { ...echo, "content-type": "application/json; charset=utf-8" },
    "{}",
    415,
    /Unsupported Content-Type/,
  ],
  ["an undecodable body", echo, "{broken", 400, /JSON/],
  [
    "protobuf without a type",
    { ...echo, "content-type": "application/protobuf" },
    "\x08\x01",
    415,
    /type/,
  ],
  [
    "a text thrown",
    { ...json, "micro-endpoint": "Strange.ThrowsText" },
    "{}",
    500,
    /internal error, incident/,
  ],
  [
    "a handler that never settles",
    { ...json, "micro-endpoint": "Strange.Never" },
    "{}",
    408,
    /did not finish within/,
  ],
  [
    "a stream where one reply was due",
    { ...json, "micro-endpoint": "Strange.Iterable" },
    "{}",
    500,
    /async \*/,
  ],
  [
    "a stream called as unary",
    { ...json, "micro-endpoint": "Strange.Stream" },
    "{}",
    405,
    /call it as one/,
  ],
  [
    "a unary called as a stream",
    { ...echo, "plugboard-shape": "server-stream" },
    "{}",
    405,
    /answers once/,
  ],
])("%s is answered with a typed error", async (_name, headers, body, code, detail) => {
  const answer = await send(headers, body);
  expect(answer.status).toBe(200);
  expect(answer.error).toMatchObject({ code, id: "strange" });
  expect(answer.error.detail).toMatch(detail);
});

test("a declared stream that gives none ends with the error", async () => {
  const { client } = service;
  const stream = client.stream(client.newRequest("strange", "Strange.NoStream", {}), {
    address: service.address,
  });
  await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 500,
    reason: "handler.no-stream",
  });
});

test("a handler that returns nothing answers null, never an empty body", async () => {
  const answer = await send({ ...json, "micro-endpoint": "Strange.Nothing" }, "");
  expect(answer).toMatchObject({ status: 200, error: undefined, body: "null\n" });
});

test("a body over the limit is refused and the service goes on", async () => {
  const answer = await send(echo, JSON.stringify("x".repeat(20_000)));
  expect(answer.error).toMatchObject({ code: 413, reason: "transport.too-large" });
  expect((await send(echo, '"fine"')).body).toBe('"fine"\n');
});

test("headers over the limit are refused and the service goes on", async () => {
  const answer = await send({ ...echo, "x-much": "y".repeat(20_000) }, "{}");
  expect(answer.error).toMatchObject({ code: 431, reason: "transport.headers-too-large" });
  expect((await send(echo, "1")).body).toBe("1\n");
});

test.each(["-5", "soon", "1e3", ""])("the timeout %j counts as none", async (timeout) => {
  expect((await send({ ...echo, timeout }, "1")).body).toBe("1\n");
});

test("an event that comes as a request runs its subscribers and tells their failure", async () => {
  const pushed = { ...json, "micro-topic": "heard", "micro-id": "e-1" };
  expect((await send(pushed, '{"n":1}')).error).toBeUndefined();
  expect(heard).toEqual([{ n: 1 }]);
  expect((await send(pushed, '{"n":-1}')).error).toMatchObject({ code: 500 });
  expect((await send(pushed, "{broken")).error).toMatchObject({
    code: 400,
    reason: "event.undecodable",
  });
});

test("the error stands in json-rpc's envelope too", async () => {
  const { body } = await send(
    { "content-type": "application/json-rpc" },
    '{"method":"Strange.Other","params":[{}],"id":"9"}',
  );
  expect(JSON.parse(body)).toMatchObject({ id: "9", result: null });
  expect(body).toContain("can't find method Other");
});

test("a second instance on the port is told so", async () => {
  const twin = createService({
    name: "twin",
    environment: realEnvironment({ logger: silentLogger }),
    plugins: {
      registry: memoryRegistry(),
      broker: memoryBroker(),
      server: rpcServer({ address: service.address }),
    },
  });
  await expect(twin.start()).rejects.toMatchObject({ reason: "transport.address-in-use" });
});
