import { expect, test } from "@jest/globals";
import { Client, createApp, Handler, Module, RpcError, Service, type Environment } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { httpClient } from "plugboard/plugins/client/http";
import { parseProto, protoContract } from "plugboard/plugins/codec/protobuf";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";
import { httpServer } from "plugboard/plugins/server/http";
import { silentLogger, type MessageType } from "../../../src/spi.js";
import { realEnvironment } from "../../../plugins/standard/environment.js";
import { httpApp } from "../../support/http-app.js";

interface Text {
  text: string;
}

interface GreeterMethods {
  hello(request: Text): Promise<Text>;
  count(request: Text): AsyncIterable<Text>;
  join(requests: AsyncIterable<Text>): Promise<Text>;
  echo(requests: AsyncIterable<Text>): AsyncIterable<Text>;
}

const proto = parseProto(`
  syntax = "proto3";
  package greeter.v1;
  service Greeter {
    rpc Hello(Text) returns (Text);
    rpc Count(Text) returns (stream Text);
    rpc Join(stream Text) returns (Text);
    rpc Echo(stream Text) returns (stream Text);
  }
  message Text { string text = 1; }
`);
const contract = protoContract<GreeterMethods>("greeter", proto.service("Greeter"));
const text = proto.message("Text") as MessageType<Text>;
const types = { input: text, output: text };

/** An error of the app's own. */
class OutOfStock extends RpcError {
  static override readonly type = "shop.OutOfStock";
  constructor(readonly item: string) {
    super(409, `no ${item} left`, { reason: "shop.out", data: { item } });
  }
}

@Service({ name: "greeter" })
class Greeter implements GreeterMethods {
  @Handler(types) async hello({ text }: Text): Promise<Text> {
    await Promise.resolve();
    if (text === "chairs") throw new OutOfStock(text);
    return { text: `Hello ${text}` };
  }

  @Handler({ ...types, replyStream: true }) async *count({ text }: Text): AsyncIterable<Text> {
    for (let n = 0; n < Number(text); n += 1) yield { text: String(n) };
  }

  @Handler({ ...types, requestStream: true })
  async join(requests: AsyncIterable<Text>): Promise<Text> {
    const texts: string[] = [];
    for await (const { text } of requests) texts.push(text);
    return { text: texts.join("+") };
  }

  @Handler({ ...types, requestStream: true, replyStream: true })
  async *echo(requests: AsyncIterable<Text>): AsyncIterable<Text> {
    yield* requests;
  }
}

class GreeterClient extends Client(contract) {}

async function* texts(...all: readonly string[]): AsyncGenerator<Text> {
  for (const text of all) {
    await Promise.resolve();
    yield { text };
  }
}

async function textsOf(replies: AsyncIterable<Text>): Promise<string[]> {
  const all: string[] = [];
  for await (const { text } of replies) all.push(text);
  return all;
}

const world = (variables: Readonly<Record<string, string>>): Environment => {
  const real = realEnvironment({ logger: silentLogger });
  return { ...real, process: { ...real.process, variables, args: [] } };
};

/** Calls the annotated class through its typed client, in all shapes. */
async function callAll(greeter: GreeterClient): Promise<void> {
  expect(await greeter.hello({ text: "Ann" })).toEqual({ text: "Hello Ann" });
  expect(await textsOf(greeter.count({ text: "3" }))).toEqual(["0", "1", "2"]);
  expect(await greeter.join(texts("a", "b"))).toEqual({ text: "a+b" });
  expect(await textsOf(greeter.echo(texts("a", "b")))).toEqual(["a", "b"]);
}

test("annotated classes and typed clients speak plain HTTP when the module says so", async () => {
  const registry = memoryRegistry();
  const plugins = {
    server: httpServer({ address: "127.0.0.1:0" }),
    client: httpClient(),
    registry,
    broker: memoryBroker(),
  };
  @Module({ services: [Greeter], errors: [OutOfStock], plugins })
  class Shop {}
  const app = createApp(Shop, { environment: world({}) });
  await app.start();
  try {
    const greeter = app.get(GreeterClient);
    await callAll(greeter);
    const error: unknown = await greeter
      .hello({ text: "chairs" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OutOfStock);
    expect(error).toMatchObject({
      item: "chairs",
      code: 409,
      id: "greeter",
      reason: "shop.out",
      message: "no chairs left",
    });
  } finally {
    await app.stop();
  }
});

test("the environment can say it, too", async () => {
  @Module({ services: [Greeter] })
  class Shop {}
  const environment = world({
    MICRO_SERVER: "http",
    MICRO_CLIENT: "http",
    MICRO_SERVER_ADDRESS: "127.0.0.1:0",
  });
  const app = createApp(Shop, {
    environment,
    plugins: { registry: memoryRegistry(), broker: memoryBroker() },
  });
  await app.start();
  try {
    await callAll(app.get(GreeterClient));
  } finally {
    await app.stop();
  }
});

test("a reader that is slow holds the handler back", async () => {
  const big = "x".repeat(16_384);
  let made = 0;
  const app = await httpApp({
    handlers: [
      {
        endpoint: "Greeter.Flood",
        replyStream: true,
        async *handle() {
          for (; made < 5_000; made += 1) yield { big };
        },
      },
    ],
  });
  try {
    const shape = { endpoint: "Greeter.Flood", replyStream: true };
    const replies = app.client.stream(app.client.newRequest("greeter", shape, {}));
    let read = 0;
    for await (const _ of replies) {
      read += 1;
      if (read === 1) {
        for (let turn = 0; turn < 500; turn += 1)
          await new Promise((resolve) => setImmediate(resolve));
        expect(made).toBeLessThan(500);
      }
      if (read === 20) break;
    }
  } finally {
    await app.stop();
  }
});

test("a handler that is slow holds the sender back", async () => {
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const app = await httpApp({
    handlers: [
      {
        endpoint: "Greeter.Drink",
        requestStream: true,
        handle: async (requests: AsyncIterable<unknown>) => {
          await gate;
          let got = 0;
          for await (const _ of requests) got += 1;
          return { got };
        },
      },
    ],
  });
  try {
    let sent = 0;
    const flood = async function* () {
      const big = "x".repeat(16_384);
      for (; sent < 1_000; sent += 1) yield { big };
    };
    const shape = { endpoint: "Greeter.Drink", requestStream: true };
    const call = app.client.call(app.client.newRequest("greeter", shape, flood()), {
      timeoutMs: 60_000,
    });
    for (let turn = 0; turn < 500; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBeLessThan(500);
    go();
    expect(await call).toEqual({ got: 1_000 });
  } finally {
    await app.stop();
  }
});

test("no call fails while servers come and go", async () => {
  const hub = memoryRegistryHub();
  const started = async (name: string) => {
    const plugins = {
      server: httpServer({ address: "127.0.0.1:0" }),
      client: httpClient(),
      registry: memoryRegistry({ hub }),
      broker: memoryBroker(),
    };
    @Module({ services: [Greeter], plugins })
    class Shop {}
    const app = createApp(Shop, { environment: world({ MICRO_SERVER_ID: name }) });
    await app.start();
    return app;
  };
  const caller = await started("caller");
  const greeter = caller.get(GreeterClient);
  let calls = 0;
  let over = false;
  const call = async (): Promise<void> => {
    while (!over) {
      expect(await greeter.hello({ text: "Ann" })).toEqual({ text: "Hello Ann" });
      calls += 1;
    }
  };
  const callers = Promise.all(Array.from({ length: 8 }, call));
  callers.catch(() => (over = true));
  for (let round = 0; round < 5; round += 1) {
    const other = await started(`other-${round}`);
    const enough = calls + 100;
    while (calls < enough && !over) await new Promise((resolve) => setImmediate(resolve));
    await other.stop();
  }
  over = true;
  await callers;
  expect(calls).toBeGreaterThan(500);
  await caller.stop();
});
