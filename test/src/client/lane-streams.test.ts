import { afterEach, expect, test } from "@jest/globals";
import { NotFound, type Interceptor } from "../../../src/index.js";
import { rpcClient } from "../../../src/client/rpc-client.js";
import { rpcServer } from "../../../src/server/rpc-server.js";
import { frameWorld, handle, service, type FrameWorld } from "../frames/frame-world.js";

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

const serverStream = { replyStream: true, requestStream: false };
const bidi = { replyStream: true, requestStream: true };

/** Doubles each reply of a stream, and notes what it sees. */
const doubling =
  (seen: unknown[]): Interceptor =>
  (next) =>
  async (call) => {
    seen.push([call.side, call.shape, call.endpoint]);
    const replies = (await next(call)) as AsyncIterable<{ n: number }>;
    return (async function* () {
      for await (const { n } of replies) yield { n: 2 * n };
    })();
  };

async function target(
  layers: { calling?: Interceptor[]; attempts?: Interceptor[] } = {},
  serving: Interceptor[] = [],
) {
  open = frameWorld();
  const server = await open.node({}, { server: rpcServer({ interceptors: serving }) });
  const { client } = await open.node(
    {},
    {
      client: rpcClient({
        interceptors: layers.calling ?? [],
        attemptInterceptors: layers.attempts ?? [],
      }),
    },
  );
  const metadata: unknown[] = [];
  handle(
    server,
    "T.Count",
    async function* ({ count, fail }: { count: number; fail?: boolean }, context) {
      metadata.push({ ...context.metadata });
      for (let n = 0; n < count; n++) yield { n };
      if (fail) throw new NotFound("no more", { reason: "numbers.gone" });
    },
    serverStream,
  );
  handle(
    server,
    "T.Echo",
    async function* (requests: AsyncIterable<unknown>) {
      for await (const request of requests) yield request;
    },
    bidi,
  );
  await server.start();
  const read = (endpoint: string, shape: object, body: unknown, metadataToSend = {}) =>
    readerOf(
      client.stream(client.newRequest(service, { endpoint, ...shape }, body), {
        metadata: metadataToSend,
      }),
    );
  return { ...open, server, client, read, metadata };
}

const readerOf = (stream: AsyncIterable<unknown>): AsyncIterator<unknown> =>
  stream[Symbol.asyncIterator]();

async function all(replies: AsyncIterator<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let next = await replies.next(); !next.done; next = await replies.next())
    items.push(next.value);
  return items;
}

test.each([
  ["around the call", (layer: Interceptor) => ({ calling: [layer] })],
  ["around each attempt", (layer: Interceptor) => ({ attempts: [layer] })],
])("layers %s see a stream and may change its replies", async (_where, layers) => {
  const seen: unknown[] = [];
  const { read, settle } = await target(layers(doubling(seen)));
  expect(await all(read("T.Count", serverStream, { count: 3 }))).toEqual([
    { n: 0 },
    { n: 2 },
    { n: 4 },
  ]);
  await expect(all(read("T.Count", serverStream, { count: 3, fail: true }))).rejects.toBeInstanceOf(
    NotFound,
  );
  const left = read("T.Count", serverStream, { count: 100_000 });
  await left.next();
  await left.return?.();
  await settle();
  expect(seen).toEqual(Array(3).fill(["client", "server-stream", "T.Count"]));
});

test("layers of the server see a stream and may change its replies", async () => {
  const seen: unknown[] = [];
  const { read } = await target({}, [doubling(seen)]);
  expect(await all(read("T.Count", serverStream, { count: 2 }))).toEqual([{ n: 0 }, { n: 2 }]);
  expect(seen).toEqual([["server", "server-stream", "T.Count"]]);
});

test("a handler sees the metadata of a stream's call", async () => {
  const { read, metadata } = await target();
  await all(read("T.Count", serverStream, { count: 1 }, { tenant: "acme" }));
  expect(metadata).toMatchObject([
    {
      tenant: "acme",
      "micro-service": service,
      "micro-endpoint": "T.Count",
      "micro-method": "T.Count",
      "micro-from-service": expect.any(String),
    },
  ]);
});

test("several reads at a time are answered in order", async () => {
  const { read } = await target();
  const replies = read("T.Count", serverStream, { count: 3 });
  await replies.next();
  const results = await Promise.all([replies.next(), replies.next(), replies.next()]);
  expect(results).toEqual([
    { done: false, value: { n: 1 } },
    { done: false, value: { n: 2 } },
    { done: true, value: undefined },
  ]);
});

test("a stream whose requests fail ends with that error", async () => {
  const { read } = await target();
  const failure = new NotFound("no request");
  const requests = async function* () {
    yield await Promise.resolve({ n: 1 });
    throw failure;
  };
  await expect(all(read("T.Echo", bidi, requests()))).rejects.toBe(failure);
});

test("a handler's generator stays in its call's surroundings, before and after it waited for credit", async () => {
  open = frameWorld();
  const [server, { client }] = [await open.node(), await open.node()];
  const tenants: unknown[] = [];
  const note = async (): Promise<void> => {
    tenants.push(await server.client.call(server.client.newRequest(service, "T.Tenant", {})));
  };
  handle(server, "T.Tenant", (_: unknown, { metadata }) => metadata["tenant"] ?? "none");
  handle(
    server,
    "T.Relay",
    async function* () {
      try {
        await note();
        for (let n = 0; n < 100; n++) yield { chunk: "x".repeat(8_192) };
        await note();
        for (let n = 0; n < 100; n++) yield { chunk: "x".repeat(8_192) };
      } finally {
        await note();
      }
    },
    serverStream,
  );
  await server.start();
  const relay = () =>
    readerOf(
      client.stream(client.newRequest(service, { endpoint: "T.Relay", ...serverStream }, {}), {
        metadata: { tenant: "acme" },
      }),
    );
  expect(await all(relay())).toHaveLength(200);
  expect(tenants).toEqual(["acme", "acme", "acme"]);
});
