import { describe, expect, test } from "@jest/globals";
import { Unavailable } from "../../../src/base/errors.js";
import { OptionError } from "../../../src/base/options.js";
import { definePlugin } from "../../../src/plugin/plugin.js";
import { rpcServer, type RpcServerOptions } from "../../../src/server/rpc-server.js";
import type { HandlerSettings } from "../../../src/server/server.js";
import type { Plugins } from "../../../src/service/slots.js";
import { Transport, type Message, type Socket } from "../../../src/transport/transport.js";
import { answer, collect, recordsOf, serve, stream } from "../../contracts/pair/tools.js";
import { LoopNetwork, LoopTransport } from "../../support/loop-transport.js";
import { engineNodes, virtualPairHarness } from "../../support/pair-harness.js";
import { overMemory } from "../../support/pair-transports.js";
import { virtualWorld } from "../../support/virtual-environment.js";

type Handle = Parameters<typeof serve>[3];

/** A server over a transport whose other end the test holds. */
async function bench(
  handlers: Readonly<Record<string, readonly [Handle, HandlerSettings?]>> = {},
  { options, args = [] }: { options?: RpcServerOptions; args?: readonly string[] } = {},
) {
  const world = virtualWorld();
  const network = new LoopNetwork();
  const transport = (): LoopTransport => new LoopTransport({ network, capacity: 10 });
  const make = engineNodes(world, {
    transport: () => () => definePlugin(Transport, "loop", transport),
    server: (given) => rpcServer({ ...given, ...options }),
  });
  const node = await make({}, {}, { args });
  for (const [endpoint, [handle, settings]] of Object.entries(handlers))
    serve(node, "strange", endpoint, handle, settings);
  const caller = transport();
  const open = async (): Promise<Socket> => (await caller.dial(node.server.address)).open();
  /** Sends messages on one channel and gives what comes back until the server closes it. */
  const exchange = async (...messages: readonly Partial<Message>[]): Promise<Message[]> => {
    const socket = await open();
    for (const message of messages) await socket.send({ headers: {}, body: nothing, ...message });
    const replies: Message[] = [];
    for (let next = await socket.recv(); next; next = await socket.recv()) replies.push(next);
    return replies;
  };
  return { ...world, node, open, exchange };
}

const nothing = new Uint8Array(0);
const json = (endpoint: string, more: Readonly<Record<string, string>> = {}) => ({
  "content-type": "application/json",
  "micro-endpoint": endpoint,
  ...more,
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (message: Message | undefined): string => new TextDecoder().decode(message?.body);
const errorOf = (message: Message | undefined): unknown =>
  JSON.parse(message?.headers["micro-error"] ?? "null");
const echo = [(request: unknown) => Promise.resolve(request)] as const;

describe("a server that is called by strangers", () => {
  test("answers to the names of old go-micro", async () => {
    const { node, exchange } = await bench({ "Strange.Echo": echo });
    await node.start();
    for (const name of ["micro-method", "x-micro-endpoint", "x-micro-method"]) {
      const headers = { "content-type": "application/json", [name]: "Strange.Echo" };
      const [reply] = await exchange({ headers, body: bytes("[1]") });
      expect(text(reply)).toBe("[1]\n");
    }
  });

  test("answers with the id that it was asked with, and echoes nothing else", async () => {
    const { node, exchange } = await bench({ "Strange.Echo": echo });
    await node.start();
    const headers = json("Strange.Echo", { "micro-id": "42", authorization: "Bearer x" });
    const [reply] = await exchange({ headers, body: bytes("1") });
    expect(reply?.headers).toEqual({ "content-type": "application/json", "micro-id": "42" });
  });

  test("takes a stranger attempt for the first, and a stranger timeout for none", async () => {
    const seen: unknown[] = [];
    const { node, exchange } = await bench({
      "Strange.Echo": [async (_request, { attempt, deadline }) => seen.push([attempt, deadline])],
    });
    await node.start();
    for (const attempt of ["0", "-1", "two", "1.5", "", "99999999999999999999"])
      await exchange({
        headers: json("Strange.Echo", { "plugboard-attempt": attempt, timeout: "soon" }),
      });
    expect(seen).toEqual(Array(6).fill([1, undefined]));
  });

  test.each([
    ["Strange.Echo", "sideways", { code: 400, reason: "server.unknown-shape" }],
    ["Strange.Echo", "server-stream", { code: 405, reason: "server.wrong-shape" }],
    ["Strange.Count", "client-stream", { code: 405, reason: "server.wrong-shape" }],
    ["Strange.Count", "bidi-stream", { code: 405, reason: "server.wrong-shape" }],
    ["Strange.Count", "unary", { code: 405, reason: "server.wrong-shape" }],
  ])("refuses %s as %s", async (endpoint, shape, error) => {
    const { node, exchange } = await bench({
      "Strange.Echo": echo,
      "Strange.Count": [() => stream(1, 2), { replyStream: true, requestStream: false }],
    });
    await node.start();
    const headers = json(endpoint, { "plugboard-shape": shape });
    const replies = await exchange({ headers, body: bytes("{}") });
    expect(replies.map(errorOf)).toMatchObject([error]);
  });

  test("streams to a caller that only says so by a stream id", async () => {
    const { node, exchange } = await bench({
      "Strange.Count": [
        ({ to }: { to: number }) => stream(...Array.from({ length: to }, (_, n) => n)),
        { replyStream: true },
      ],
      "Strange.Talk": [
        async function* (requests: AsyncIterable<unknown>) {
          for await (const request of requests) yield { heard: request };
        },
        { replyStream: true, requestStream: true },
      ],
      "Strange.Sum": [
        async (requests: AsyncIterable<number>) => {
          let sum = 0;
          for await (const number of requests) sum += number;
          return { sum };
        },
        { requestStream: true },
      ],
    });
    await node.start();
    const headers = (endpoint: string) => json(endpoint, { "micro-stream": "7" });
    const end = { headers: { "micro-error": "EOS" } };
    const counted = await exchange(
      { headers: headers("Strange.Count"), body: bytes("{}") },
      { body: bytes('{"to":2}') },
    );
    expect(counted.map((message) => text(message))).toEqual(["0\n", "1\n", ""]);
    expect(counted.at(-1)?.headers["micro-error"]).toBe("EOS");
    const talked = await exchange({ headers: headers("Strange.Talk") }, { body: bytes("1") }, end);
    expect(talked.map((message) => text(message))).toEqual(['{"heard":1}\n', ""]);
    const sum = { headers: headers("Strange.Sum") };
    const summed = await exchange(sum, { body: bytes("1") }, { body: bytes("2") }, end);
    expect(text(summed[0])).toBe('{"sum":3}\n');
  });

  test("refuses a stream that ends before it has begun, or sends what cannot be read", async () => {
    const { node, exchange } = await bench({
      "Strange.Count": [() => stream(1), { replyStream: true }],
      "Strange.Sum": [
        async (requests: AsyncIterable<unknown>) => collect(requests),
        { requestStream: true },
      ],
    });
    await node.start();
    const opening = { headers: json("Strange.Count", { "micro-stream": "1" }) };
    const empty = await exchange(opening, { headers: { "micro-error": "EOS" } });
    expect(errorOf(empty[0])).toMatchObject({ code: 400, reason: "server.no-request" });
    const sum = { headers: json("Strange.Sum", { "micro-stream": "1" }) };
    const garbled = await exchange(sum, { body: bytes("{broken") });
    expect(errorOf(garbled[0])).toMatchObject({ code: 400, reason: "codec.malformed" });
  });

  test("tells the handler when its caller goes away, and answers nobody", async () => {
    const signals: AbortSignal[] = [];
    const { node, open, clock, logs } = await bench({
      "Strange.Wait": [
        (_request, { signal }) => {
          signals.push(signal);
          return new Promise(() => undefined);
        },
      ],
    });
    await node.start();
    const socket = await open();
    await socket.send({ headers: json("Strange.Wait"), body: bytes("{}") });
    await clock.settle();
    await socket.close();
    await clock.settle();
    expect(signals[0]?.reason).toMatchObject({ code: 499, reason: "server.caller-gone" });
    expect(logs.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("runs a generator no further than its caller reads", async () => {
    const made: number[] = [];
    const { node, open, clock } = await bench({
      "Strange.Count": [
        async function* () {
          for (let n = 0; ; n++) {
            made.push(n);
            yield n;
            if (n === 2) await new Promise((resolve) => setImmediate(resolve));
          }
        },
        { replyStream: true },
      ],
    });
    await node.start();
    const socket = await open();
    await socket.send({ headers: json("Strange.Count", { "micro-stream": "1" }), body: nothing });
    await socket.send({ headers: {}, body: bytes("{}") });
    await socket.recv();
    await socket.close();
    await clock.settle();
    const count = made.length;
    await clock.advance(1_000);
    expect(made).toHaveLength(count);
  });

  test("takes a channel that closes, or breaks, before it says anything", async () => {
    const { node, open, clock, logs } = await bench();
    await node.start();
    await (await open()).close();
    await (await open()).close({ abort: true });
    await clock.settle();
    expect(logs.filter(({ level }) => level !== "debug")).toEqual([]);
  });

  test("answers who is missing in JSON when it cannot know better", async () => {
    const { node, exchange } = await bench({ "Strange.Echo": echo });
    await node.start();
    const headers = { "content-type": "application/unheard-of", "micro-endpoint": "Strange.Echo" };
    const [reply] = await exchange({ headers });
    expect(reply?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(text(reply))).toMatchObject({ code: 415, id: "strange" });
  });
});

describe("a pushed event", () => {
  const pushed = async (failures: readonly (Error | undefined)[]) => {
    const { node, exchange, logs } = await bench();
    const heard: unknown[] = [];
    for (const [index, failure] of failures.entries())
      node.server.subscribe(
        node.server.newSubscriber({
          service: { name: "strange" },
          topic: "t",
          name: `Test.on${index}`,
          handle: ({ data }: { data: unknown }) => {
            heard.push(data);
            if (failure) throw failure;
          },
        }),
      );
    await node.start();
    const headers = { "content-type": "application/json", "micro-topic": "t", "micro-id": "e" };
    const [reply] = await exchange({ headers, body: bytes("[1]") });
    return { reply, heard, logs };
  };

  test("reaches each subscriber once", async () => {
    const { reply, heard } = await pushed([undefined, undefined]);
    expect(heard).toEqual([[1], [1]]);
    expect(reply?.headers["micro-error"]).toBeUndefined();
  });

  test("is taken where nobody subscribes", async () => {
    expect((await pushed([])).reply?.headers["micro-error"]).toBeUndefined();
  });

  test("fails as its one subscriber does", async () => {
    const { reply } = await pushed([undefined, new Unavailable("full", { reason: "a.b" })]);
    expect(errorOf(reply)).toMatchObject({ code: 503, detail: "full", reason: "a.b" });
  });

  test("that fails in several places is one failure, all in the log", async () => {
    const { reply, heard, logs } = await pushed([new Error("one"), new Error("two")]);
    expect(heard).toHaveLength(2);
    expect(errorOf(reply)).toMatchObject({ code: 500, reason: "handler.unexpected" });
    expect(JSON.stringify(logs)).toMatch(/one.*two/);
  });
});

describe("a server", () => {
  test("is told by the environment", async () => {
    const args = [
      "--server_id=seven",
      "--server_version=2.0.0",
      "--server_advertise=shop.example:80",
      "--server_metadata=zone=b",
      "--register_ttl=10s",
      "--register_interval=20s",
    ];
    const { node, clock } = await bench({ "Strange.Echo": echo }, { args });
    await node.start();
    expect(node.server.address).toBe("shop.example:80");
    expect(await recordsOf(node, "strange")).toMatchObject([
      {
        version: "2.0.0",
        nodes: [{ id: "strange-seven", address: "shop.example:80", metadata: { zone: "b" } }],
      },
    ]);
    await clock.advance(11_000);
    expect(await recordsOf(node, "strange")).toEqual([]);
    await clock.advance(10_000);
    expect(await recordsOf(node, "strange")).toHaveLength(1);
  });

  test.each([["--register_ttl=0"], ["--register_interval=0"]])("refuses %s", async (flag) => {
    await expect(bench({}, { args: [flag] })).rejects.toThrow(OptionError);
  });

  test.each([
    [{ maxMessageBytes: 0 }, "rpcServer.maxMessageBytes"],
    [{ maxHeaderBytes: 100 }, "rpcServer.maxHeaderBytes"],
    [{ maxConcurrentCalls: 0 }, "rpcServer.maxConcurrentCalls"],
    [{ registerTtlMs: -1 }, "rpcServer.registerTtlMs"],
    [{ registerIntervalMs: 0 }, "rpcServer.registerIntervalMs"],
    [{ drainTimeoutMs: -1 }, "rpcServer.drainTimeoutMs"],
  ])("refuses %p", (options, name) => {
    expect(() => rpcServer(options)).toThrow(OptionError);
    expect(() => rpcServer(options)).toThrow(name);
  });

  test("registers once, however often it is told", async () => {
    const { node, clock } = await bench({ "Strange.Echo": echo });
    await node.start();
    await node.server.register();
    expect(await recordsOf(node, "strange")).toHaveLength(1);
    await node.server.deregister();
    await clock.advance(100_000);
    expect(await recordsOf(node, "strange")).toEqual([]);
  });

  test("gathers what fails at its stop", async () => {
    const { node } = await bench({ "Strange.Echo": echo });
    await node.start();
    const failure = new Error("the registry is gone");
    node.registry.deregister = () => Promise.reject(failure);
    const stopping = node.server.stop();
    await expect(stopping).rejects.toThrow(AggregateError);
    await expect(stopping).rejects.toMatchObject({ errors: [failure] });
    await expect(node.server.stop()).rejects.toMatchObject({ errors: [failure] });
  });

  test("that is stopped while it starts leaves nothing behind", async () => {
    const { node, clock, open } = await bench({ "Strange.Echo": echo });
    const starting = node.server.start();
    const stopping = node.server.stop();
    await expect(starting).rejects.toMatchObject({ reason: "server.stopped" });
    expect(await stopping).toEqual({ cut: 0 });
    await clock.settle();
    await expect(open()).rejects.toMatchObject({ reason: "transport.connect-failed" });
    await expect(node.server.register()).rejects.toMatchObject({ reason: "server.not-running" });
  });

  test("that is stopped while it subscribes ends the subscription", async () => {
    const { node, clock } = await bench();
    await node.broker.connect();
    const closed: string[] = [];
    let subscribed = (): void => undefined;
    node.broker.subscribe = (topic) =>
      new Promise((resolve) => {
        subscribed = () =>
          resolve({
            topic,
            close: () => {
              closed.push(topic);
              return Promise.resolve();
            },
          });
      });
    const subscriber = {
      service: { name: "s" },
      topic: "t",
      name: "T.on",
      handle: () => undefined,
    };
    node.server.subscribe(node.server.newSubscriber(subscriber));
    const starting = node.server.start();
    starting.catch(() => undefined);
    await clock.settle();
    await node.server.stop();
    subscribed();
    await expect(starting).rejects.toMatchObject({ reason: "server.stopped" });
    expect(closed).toEqual(["t"]);
  });

  test("serves several services, and names the one that fails", async () => {
    await using harness = await virtualPairHarness({ transport: overMemory });
    serve(harness, "shop", "Shop.Buy", () => {
      throw new Unavailable("closed");
    });
    serve(harness, "bank", "Bank.Pay", async () => ({ paid: true }));
    await harness.start();
    await expect(answer(harness, "shop", "Shop.Buy")).rejects.toMatchObject({ id: "shop" });
    expect(await answer(harness, "bank", "Bank.Pay")).toEqual({ paid: true });
  });
});

describe("a subscription", () => {
  /** Subscribes with these settings, publishes, and tells what the broker was asked for. */
  const asked = async (settings: object, plugins: Plugins = {}) => {
    const world = virtualWorld();
    const make = engineNodes(world, { transport: overMemory });
    const node = await make({}, plugins);
    const events: { readonly data: unknown; readonly attempt: number }[] = [];
    node.server.subscribe(
      node.server.newSubscriber({
        service: { name: "s" },
        topic: "t",
        name: "Test.on",
        handle: (event: { data: unknown; attempt: number }) => {
          events.push(event);
        },
        ...settings,
      }),
    );
    return { ...world, node, events };
  };

  test("that asks for more than the broker can do is refused at the start", async () => {
    const { node } = await asked({ requires: ["durable"] });
    await expect(node.start()).rejects.toMatchObject({ code: 501, reason: "broker.capability" });
  });

  test("may order its events by what is in them", async () => {
    const order: string[] = [];
    const { node, clock } = await asked({
      concurrency: 10,
      group: "g",
      orderBy: ({ key }: { key: string }) => key,
      handle: async ({ data }: { data: { key: string; wait: number } }) => {
        await new Promise<void>((resolve) => clockOf().timers.after(data.wait, resolve));
        order.push(`${data.key}${data.wait}`);
      },
    });
    const clockOf = () => clock;
    await node.start();
    for (const data of [
      { key: "a", wait: 50 },
      { key: "a", wait: 10 },
      { key: "b", wait: 20 },
    ])
      await node.client.publish(node.client.newMessage("t", data));
    const headers = { "content-type": "application/json", "micro-id": "bad" };
    await node.broker.publish("t", { headers, body: bytes("{broken") });
    await clock.advance(1_000);
    expect(order).toEqual(["b20", "a50", "a10"]);
  });

  test("refuses by word and by error", async () => {
    for (const reason of [undefined, "not mine", { why: 1 }, new Error("no")]) {
      const { node, clock, logs } = await asked({
        ack: "manual",
        retry: { attempts: 1 },
        handle: (event: { nack(reason?: unknown): void }) => event.nack(reason),
      });
      await node.start();
      await node.client.publish(node.client.newMessage("t", {}));
      await clock.advance(100);
      const given = logs.find(({ message }) => message.includes("given up"));
      const words = { undefined: "no reason given", string: "not mine", object: "why|no" };
      expect(JSON.stringify(given?.fields)).toMatch(
        new RegExp(words[typeof reason as keyof typeof words]),
      );
    }
  });

  test("reads an event without a content type as protobuf", async () => {
    const { node, clock, logs } = await asked({ retry: { attempts: 1 } });
    await node.start();
    await node.broker.publish("t", { headers: { "micro-id": "x" }, body: bytes("{}") });
    await clock.advance(100);
    expect(JSON.stringify(logs)).toContain("undecodable event (application/protobuf)");
  });
});
