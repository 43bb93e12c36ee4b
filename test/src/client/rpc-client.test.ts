import { describe, expect, test } from "@jest/globals";
import { memoryBroker } from "../../../plugins/broker/memory/index.js";
import { jsonCodec } from "../../../plugins/codec/json/index.js";
import { jsonRpcCodec } from "../../../plugins/codec/json-rpc/index.js";
import { protobufCodec } from "../../../plugins/codec/protobuf/index.js";
import { randomSelector } from "../../../plugins/selector/random/index.js";
import { Conflict } from "../../../src/base/errors.js";
import { OptionError } from "../../../src/base/options.js";
import type { CallOptions } from "../../../src/call/call-options.js";
import type { EndpointShape } from "../../../src/call/contract.js";
import { encodeError, errorClasses } from "../../../src/call/error-wire.js";
import { topic } from "../../../src/call/topic.js";
import { Broker } from "../../../src/broker/broker.js";
import { Client } from "../../../src/client/client.js";
import { rpcClient, type RpcClientOptions } from "../../../src/client/rpc-client.js";
import { messageTypes } from "../../../src/codec/message-types.js";
import { Container } from "../../../src/plugin/container.js";
import { definePlugin } from "../../../src/plugin/plugin.js";
import { Assembly } from "../../../src/service/assembly.js";
import { slotsOf } from "../../../src/service/choose-slots.js";
import { readSettings } from "../../../src/service/settings.js";
import { Registry } from "../../../src/registry/registry.js";
import { Transport, type Message, type Socket } from "../../../src/transport/transport.js";
import { LoopTransport } from "../../support/loop-transport.js";
import { TableRegistry } from "../../support/table-registry.js";
import { virtualWorld } from "../../support/virtual-environment.js";

class OutOfStock extends Conflict {
  static override readonly type = "shop.OutOfStock";
}

const text = (message: Message | undefined): string => new TextDecoder().decode(message?.body);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
const json = (value: unknown): Message => ({
  headers: { "content-type": "application/json" },
  body: bytes(`${JSON.stringify(value)}\n`),
});

/** A client, and a node whose every message the test writes. */
async function bench(
  answer: (socket: Socket, first: Message) => Promise<void>,
  {
    options,
    metadata = { protocol: "mucp", plugboard: "1" },
    args = [],
  }: {
    readonly options?: RpcClientOptions;
    readonly metadata?: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
  } = {},
) {
  const world = virtualWorld();
  const environment = world.environment("127.0.0.1", { args });
  const transport = new LoopTransport();
  const listener = await transport.listen("node:1");
  listener.accept((socket) => {
    const answering = socket.recv().then(async (first) => {
      if (first) await answer(socket, first);
    });
    answering.catch(() => undefined); // the caller is gone
  });
  const registry = new TableRegistry(world.clock);
  const nodes = [{ id: "n", address: "node:1", metadata }];
  await registry.register({ name: "s", version: "1", metadata: {}, endpoints: [], nodes });
  const root = Container.create();
  const app = {
    name: "caller",
    settings: readSettings(environment.process),
    errors: errorClasses([OutOfStock]),
    clientInterceptors: [],
    serverInterceptors: [],
    subscriberInterceptors: [],
  };
  const plugins = {
    transport: definePlugin(Transport, "loop", () => transport),
    codec: [jsonCodec(), protobufCodec(), jsonRpcCodec({ body: jsonCodec() })],
    registry: definePlugin(Registry, "table", () => registry),
    selector: randomSelector(),
    broker: memoryBroker(),
    client: rpcClient(options),
  };
  const slots = slotsOf(plugins, "test", root);
  const assembly = new Assembly({ environment, app, root, slots });
  const client = await assembly.get(Client);
  const call = (body: unknown = {}, how?: CallOptions, shape?: Partial<EndpointShape>) =>
    client.call(client.newRequest("s", { endpoint: "A.B", ...shape }, body), how);
  return { ...world, client, transport, assembly, call };
}

describe("what a call looks like on the wire", () => {
  test("to a node of ours", async () => {
    const { call, transport } = await bench((socket) => socket.send(json({ yes: true })));
    expect(await call({ a: 1 }, { metadata: { "x-a": "1" } })).toEqual({ yes: true });
    const [{ headers, body }] = transport.sent as [Message];
    expect(headers).toEqual({
      "content-type": "application/json",
      accept: "application/json",
      "micro-service": "s",
      "micro-endpoint": "A.B",
      "micro-method": "A.B",
      "micro-id": "0",
      "micro-from-service": "caller",
      timeout: "5000000000",
      "x-a": "1",
    });
    expect(new TextDecoder().decode(body)).toBe('{"a":1}\n');
  });

  test("to a node of go-micro: with a stream id that keeps it apart", async () => {
    const { call, transport } = await bench((socket) => socket.send(json({})), {
      metadata: { protocol: "mucp" },
    });
    await call();
    await call({}, { timeoutMs: Infinity });
    expect(transport.sent[0]?.headers["micro-stream"]).toBe("0");
    expect(transport.sent[1]?.headers).toMatchObject({ "micro-id": "1", "micro-stream": "1" });
    expect(transport.sent[1]?.headers["timeout"]).toBeUndefined();
  });

  test("to a node that says nothing of itself: in an envelope", async () => {
    const reply = { id: "0", result: { yes: true }, error: null };
    const { call, transport } = await bench(
      (socket) =>
        socket.send({
          headers: { "content-type": "application/json-rpc" },
          body: bytes(JSON.stringify(reply)),
        }),
      { metadata: {} },
    );
    expect(await call({ a: 1 })).toEqual({ yes: true });
    expect(transport.sent[0]?.headers["content-type"]).toBe("application/json-rpc");
    expect(JSON.parse(text(transport.sent[0]))).toEqual({
      id: "0",
      method: "A.B",
      params: [{ a: 1 }],
    });
  });

  test("with types: as protobuf, unless told otherwise", async () => {
    const { Reply, Request } = messageTypes({
      messages: {
        Request: [{ name: "name", number: 1, type: "string" }],
        Reply: [{ name: "greeting", number: 1, type: "string" }],
      },
    });
    const { call, transport } = await bench(async (socket, { headers }) => {
      const type = headers["content-type"]!;
      const body = type === "application/protobuf" ? "\n\x02hi" : '{"greeting":"ho"}';
      await socket.send({ headers: { "content-type": type }, body: bytes(body) });
    });
    const shape = { input: Request, output: Reply };
    expect(await call({ name: "Ann" }, {}, shape)).toMatchObject({ greeting: "hi" });
    expect(text(transport.sent[0])).toBe("\n\x03Ann");
    const how = { contentType: "application/json" };
    expect(await call({ name: "Ann" }, how, shape)).toMatchObject({ greeting: "ho" });
  });

  test("of a stream: an opening message, then the requests, then the end", async () => {
    const { client, transport, clock } = await bench(async (socket) => {
      while ((await socket.recv())?.headers["micro-error"] !== "EOS");
      await socket.send(json({ n: 1 }));
      await socket.send({ headers: { "micro-error": "EOS" }, body: new Uint8Array(0) });
    });
    const requests = async function* (): AsyncGenerator {
      yield await Promise.resolve({ q: 1 });
    };
    const items: unknown[] = [];
    for await (const item of client.stream(client.newRequest("s", "A.B", requests())))
      items.push(item);
    expect(items).toEqual([{ n: 1 }]);
    expect(transport.sent.map((message) => text(message))).toEqual(["{}\n", '{"q":1}\n', ""]);
    for (const { headers } of transport.sent)
      expect(headers).toMatchObject({ "micro-stream": "0", "plugboard-shape": "bidi-stream" });
    await clock.settle();
  });
});

describe("what a node answers", () => {
  const failing = async (answer: Message | undefined, closing = false) => {
    const { call } = await bench(async (socket) => {
      if (answer) await socket.send(answer);
      if (closing) await socket.close();
    });
    return call({}, { retries: 0 }).then(
      (value) => ({ value }),
      (error: unknown) => error,
    );
  };

  test.each([
    ["go-micro's JSON", '{"id":"x","code":404,"detail":"gone","status":"Not Found"}', 404, "gone"],
    ["a plain text", "rpc: can't find service Foo", 500, "rpc: can't find service Foo"],
  ])("with %s as its error", async (_name, line, code, detail) => {
    const answer = { headers: { "micro-error": line }, body: new Uint8Array(0) };
    expect(await failing(answer)).toMatchObject({ code, detail });
  });

  test("with a class of the app's own", async () => {
    const line = encodeError(new OutOfStock("no tea", { data: { sku: "tea" } }));
    const error = await failing({ headers: { "micro-error": line }, body: new Uint8Array(0) });
    expect(error).toBeInstanceOf(OutOfStock);
    expect(error).toMatchObject({ sku: "tea", id: "s" });
  });

  test("to a content type that it does not know", async () => {
    const body = bytes("Unsupported Content-Type: application/json");
    const answer = { headers: { "content-type": "text/plain" }, body };
    expect(await failing(answer)).toMatchObject({
      code: 500,
      detail: expect.stringMatching(/^Uns/),
    });
  });

  test("with something that cannot be read", async () => {
    const answer = { headers: { "content-type": "application/json" }, body: bytes("{broken") };
    expect(await failing(answer)).toMatchObject({
      code: 503,
      reason: "client.bad-reply",
      retry: "never",
    });
  });

  test("with nothing at all", async () => {
    const error = await failing(undefined, true);
    expect(error).toMatchObject({ code: 503, reason: "transport.closed", retry: undefined });
    expect(String(error)).toMatch(/s A\.B: node:1 closed the connection without an answer/);
  });

  test("inside of an envelope", async () => {
    const { call } = await bench(
      (socket) =>
        socket.send({
          headers: { "content-type": "application/json-rpc" },
          body: bytes('{"id":"0","result":null,"error":"no"}'),
        }),
      { metadata: {} },
    );
    await expect(call()).rejects.toMatchObject({ code: 500, detail: "no" });
  });

  test("to a stream of requests more than once, or never", async () => {
    for (const replies of [0, 2]) {
      const { call } = await bench(async (socket) => {
        for (let reply = 0; reply < replies; reply++) await socket.send(json({}));
        await socket.send({ headers: { "micro-error": "EOS" }, body: new Uint8Array(0) });
      });
      const none = (async function* (): AsyncGenerator {})();
      await expect(call(none)).rejects.toMatchObject({
        reason: "client.bad-reply",
        detail: expect.stringContaining(`${replies} replies`),
      });
    }
  });

  test("to a stream, and goes away", async () => {
    const { client } = await bench(async (socket) => {
      await socket.send(json({ n: 1 }));
      await socket.close();
    });
    const reader = client.stream(client.newRequest("s", "A.B", {}))[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: { n: 1 } });
    await expect(reader.next()).rejects.toMatchObject({ reason: "transport.closed" });
  });
});

describe("a client", () => {
  test("keeps a connection for the next call, and not one that was cut off", async () => {
    const { call, transport } = await bench((socket) => socket.send(json({})));
    await call();
    await call();
    expect(transport.dialled).toHaveLength(1);
    const { call: hasty, transport: other, clock } = await bench(() => Promise.resolve());
    const cut = hasty({}, { timeoutMs: 10 });
    cut.catch(() => undefined);
    await clock.advance(20);
    await expect(cut).rejects.toMatchObject({ code: 408 });
    await clock.settle();
    expect(other.connections.size).toBe(0);
  });

  test("that is cancelled while it dials sends nothing", async () => {
    const { call, transport, clock } = await bench((socket) => socket.send(json({})));
    const caller = new AbortController();
    const cut = call({}, { signal: caller.signal });
    cut.catch(() => undefined);
    caller.abort();
    await expect(cut).rejects.toMatchObject({ code: 499 });
    await clock.settle();
    expect(transport.sent).toEqual([]);
  });

  test("is told by the environment", async () => {
    const args = ["--client_request_timeout=2s", "--client_retries=0", "--client_pool_size=0"];
    const { call, transport } = await bench((socket) => socket.send(json({})), { args });
    await call();
    expect(transport.sent[0]?.headers["timeout"]).toBe("2000000000");
    expect(transport.connections.size).toBe(0);
  });

  test.each([
    [{ timeoutMs: 0 }, "rpcClient.timeoutMs"],
    [{ dialTimeoutMs: -1 }, "rpcClient.dialTimeoutMs"],
    [{ retries: 0.5 }, "rpcClient.retries"],
    [{ poolSize: -1 }, "rpcClient.poolSize"],
    [{ poolTtlMs: Number.NaN }, "rpcClient.poolTtlMs"],
    [{ maxMessageBytes: 0 }, "rpcClient.maxMessageBytes"],
  ])("refuses %p", (options, name) => {
    expect(() => rpcClient(options)).toThrow(OptionError);
    expect(() => rpcClient(options)).toThrow(name);
  });

  test("publishes with key, content type, delay and signal", async () => {
    const { client, assembly, clock } = await bench(() => Promise.resolve());
    const broker = await assembly.get(Broker);
    await broker.connect();
    const seen: Message[] = [];
    const keys: unknown[] = [];
    await broker.subscribe("t", async ({ message, key }) => {
      seen.push(message);
      keys.push(key);
      return Promise.resolve();
    });
    const { Person } = messageTypes({
      messages: { Person: [{ name: "name", number: 1, type: "string" }] },
    });
    await client.publish(client.newMessage(topic("t", Person), { name: "Ann" }), { key: "k" });
    await client.publish(client.newMessage(topic("t", Person), { name: "Ann" }), {
      contentType: "application/json",
      metadata: { "X-A": "1" },
    });
    await clock.settle();
    expect(seen.map((message) => text(message))).toEqual(["\n\x03Ann", '{"name":"Ann"}\n']);
    expect(seen[0]?.headers).toMatchObject({
      "content-type": "application/protobuf",
      "micro-topic": "t",
      "micro-from-service": "caller",
      "plugboard-key": "k",
    });
    expect(seen[1]?.headers).toMatchObject({ "content-type": "application/json", "x-a": "1" });
    expect(keys).toEqual(["k", undefined]);
    const signal = AbortSignal.abort();
    await expect(client.publish(client.newMessage("t", {}), { signal })).rejects.toMatchObject({
      code: 499,
    });
    await broker.disconnect();
  });

  test("checks what it publishes", async () => {
    const { client } = await bench(() => Promise.resolve());
    const never = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: () => ({ issues: [{ message: "never" }] }),
      },
    };
    await expect(client.publish(client.newMessage(topic("t", never), {}))).rejects.toMatchObject({
      code: 400,
      detail: "invalid event for t: never",
    });
  });
});
