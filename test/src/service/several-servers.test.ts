import { expect, test } from "@jest/globals";
import {
  createService,
  Publisher,
  rpcClient,
  rpcServer,
  topic,
  type CreateServiceOptions,
  type Environment,
  type Interceptor,
  type PlainService,
  type RpcError,
  type ServiceNode,
} from "plugboard";
import { memoryBroker, memoryBrokerHub } from "plugboard/plugins/broker/memory";
import { grpcClient } from "plugboard/plugins/client/grpc";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";
import { grpcServer } from "plugboard/plugins/server/grpc";
import { realEnvironment } from "../../../plugins/standard/environment.js";
import { silentLogger } from "../../../src/spi.js";

const Said = topic<{ text: string }>("said");
class SaidPublisher extends Publisher(Said) {}

const world = (variables: Readonly<Record<string, string>>): Environment => {
  const real = realEnvironment({ logger: silentLogger });
  return { ...real, process: { ...real.process, variables, args: [] } };
};

const here = { address: "127.0.0.1:0" };
const both = () => [rpcServer(here), grpcServer(here)];

/** Services of one registry and one broker. */
function town() {
  const registry = memoryRegistry({ hub: memoryRegistryHub() });
  const broker = memoryBroker({ hub: memoryBrokerHub() });
  const made: PlainService[] = [];
  const service = (
    name: string,
    { plugins, ...options }: Partial<CreateServiceOptions> = {},
    variables: Readonly<Record<string, string>> = {},
  ): PlainService => {
    const one = createService({
      name,
      environment: world(variables),
      ...options,
      plugins: { registry, broker, server: rpcServer(here), ...plugins },
    });
    made.push(one);
    return one;
  };
  const nodes = async (name: string): Promise<readonly ServiceNode[]> => {
    const reader = await registry.create(world({}));
    const records = await reader.getService(name);
    await reader.close();
    return records.flatMap((record) => record.nodes);
  };
  return {
    service,
    nodes,
    [Symbol.asyncDispose]: async () => {
      for (const each of made.reverse()) await each.stop();
    },
  };
}

const call = (from: PlainService, endpoint: string, body: unknown = {}): Promise<unknown> =>
  from.client.call(from.client.newRequest("talker", endpoint, body), { retries: 0 });

test("one process serves mucp and gRPC; each client finds the node that it can speak to", async () => {
  await using all = town();
  const layers: string[] = [];
  const layer: Interceptor = (next) => (made) => {
    layers.push(made.endpoint);
    return next(made);
  };
  const talker = all
    .service("talker", { plugins: { server: both() }, interceptors: [layer] })
    .handle("Talker.Hello", ({ text }: { text: string }) => ({ text: `Hello ${text}` }));
  await talker.start();
  const mucp = await all.service("mucp", { plugins: { client: rpcClient() } }).start();
  const grpc = await all.service("grpc", { plugins: { client: grpcClient() } }).start();
  expect(await call(mucp, "Talker.Hello", { text: "Ann" })).toEqual({ text: "Hello Ann" });
  expect(await call(grpc, "Talker.Hello", { text: "Bob" })).toEqual({ text: "Hello Bob" });
  expect(layers).toEqual(["Talker.Hello", "Talker.Hello"]);
  const nodes = await all.nodes("talker");
  expect(nodes.map(({ metadata }) => metadata["protocol"]).sort()).toEqual(["grpc", "mucp"]);
  expect(new Set(nodes.map(({ address }) => address)).size).toBe(2);
  await talker.stop();
  expect(await all.nodes("talker")).toEqual([]);
});

test("a limit of a handler counts the calls of both", async () => {
  await using all = town();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let begin = (): void => undefined;
  const began = new Promise<void>((resolve) => (begin = resolve));
  await all
    .service("talker", { plugins: { server: both() } })
    .handle(
      "Talker.Slow",
      async () => {
        begin();
        await held;
        return { done: true };
      },
      { concurrency: 1 },
    )
    .start();
  const mucp = await all.service("mucp").start();
  const grpc = await all.service("grpc", { plugins: { client: grpcClient() } }).start();
  const first = call(mucp, "Talker.Slow");
  await began;
  await expect(call(grpc, "Talker.Slow")).rejects.toMatchObject({
    code: 429,
    reason: "server.concurrency",
  });
  release();
  expect(await first).toEqual({ done: true });
  expect(await call(grpc, "Talker.Slow")).toEqual({ done: true });
});

test("an event is handled once", async () => {
  await using all = town();
  const heard: string[] = [];
  let got = (): void => undefined;
  const twice = new Promise<void>((resolve) => (got = resolve));
  await all
    .service("talker", { plugins: { server: both() } })
    .subscribe(Said, ({ data }) => {
      heard.push(data.text);
      if (data.text === "b") got();
    })
    .start();
  const other = await all.service("other").start();
  const publisher = other.publisherOf(SaidPublisher);
  await publisher.publish({ text: "a" });
  await publisher.publish({ text: "b" });
  await twice;
  expect(heard).toEqual(["a", "b"]);
});

test("a stop drains both: calls in hand end well", async () => {
  await using all = town();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let running = 0;
  let begin = (): void => undefined;
  const began = new Promise<void>((resolve) => (begin = resolve));
  const talker = all
    .service("talker", { plugins: { server: both() } })
    .handle("Talker.Slow", async () => {
      running += 1;
      if (running === 2) begin();
      await held;
      return { done: true };
    });
  await talker.start();
  const mucp = await all.service("mucp").start();
  const grpc = await all.service("grpc", { plugins: { client: grpcClient() } }).start();
  const calls = Promise.all([call(mucp, "Talker.Slow"), call(grpc, "Talker.Slow")]);
  await began;
  const stopped = talker.stop();
  release();
  expect(await calls).toEqual([{ done: true }, { done: true }]);
  expect(await stopped).toEqual({ cut: 0 });
});

test("the environment can name several, an address for each, and an id for all", async () => {
  await using all = town();
  const variables = {
    MICRO_SERVER: "mucp,grpc",
    MICRO_SERVER_ADDRESS: "127.0.0.1:0, 127.0.0.1:0",
    MICRO_SERVER_ADVERTISE: ",10.1.2.3:99",
    MICRO_SERVER_ID: "one",
  };
  const talker = all.service("talker", {}, variables).handle("Talker.Hello", () => ({}));
  await talker.start();
  const nodes = await all.nodes("talker");
  const [mucp, grpc] = [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(mucp).toMatchObject({ id: "talker-one", metadata: { protocol: "mucp" } });
  expect(mucp!.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  expect(grpc).toMatchObject({
    id: "talker-one-2",
    address: "10.1.2.3:99",
    metadata: { protocol: "grpc" },
  });
});

test("more addresses than servers are a mistake", async () => {
  const talker = createService({
    name: "talker",
    environment: world({
      MICRO_SERVER: "mucp,grpc",
      MICRO_SERVER_ADDRESS: ":1,:2,:3",
    }),
    plugins: { registry: memoryRegistry(), broker: memoryBroker() },
  }).handle("Talker.Hello", () => ({}));
  await expect(talker.start()).rejects.toThrow(
    "MICRO_SERVER_ADDRESS lists 3 addresses for 2 servers",
  );
});

test("a client that speaks another protocol says so", async () => {
  await using all = town();
  await all
    .service("talker", { plugins: { server: grpcServer(here) } })
    .handle("Talker.Hello", () => ({}))
    .start();
  const mucp = await all.service("mucp").start();
  const error = (await call(mucp, "Talker.Hello").catch((thrown: unknown) => thrown)) as RpcError;
  expect(error).toMatchObject({ code: 503, reason: "selector.empty" });
  expect(error.detail).toContain("They speak grpc: choose the client of that protocol");
});
