import { afterEach, expect, test } from "@jest/globals";
import {
  begin,
  call,
  cancel,
  credit,
  data,
  end,
  frame,
  hello,
  numberOf,
  route,
} from "./frame-bytes.js";
import { ask, frameWorld, handle, type FrameWorld } from "./frame-world.js";
import { Chance, mutated, unhandledRejections } from "./mutate.js";

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

const exchanges: readonly (readonly Buffer[])[] = [
  [
    hello(),
    route(0, "T.Echo"),
    call(numberOf(0), 0, { timeoutMs: 5_000, metadata: { trace: "abc", tenant: "é" } }),
    call(numberOf(1), 0, { attempt: 2, body: { text: "x".repeat(200) } }),
    route(1, "T.Fail"),
    call(numberOf(2), 1, { timeoutMs: 1 }),
    frame(10, 0, "ping"),
  ],
  [
    hello(),
    route(0, "T.Wait"),
    route(1, "T.Echo"),
    call(numberOf(0), 0, { metadata: { trace: "abc" } }),
    cancel(numberOf(0)),
    call(numberOf(0, 2), 1),
    call(numberOf(1), 0, { timeoutMs: 0xffff_ffff }),
  ],
  [
    hello(),
    route(0, "T.Bidi", "bidi-stream"),
    route(1, "T.Bidi", "server-stream"),
    call(numberOf(0), 0, { body: "" }),
    data(numberOf(0), { one: 1 }),
    credit(numberOf(0), 4_096),
    data(numberOf(0), { two: 2 }),
    end(numberOf(0)),
    call(numberOf(1), 1, { body: "" }),
    cancel(numberOf(1)),
  ],
];

const inputs = 2_000;

test(`${inputs} exchanges with faults: the server lives, and serves who is honest`, async () => {
  using unhandled = unhandledRejections();
  open = frameWorld();
  const { node, world, connect, settle } = open;
  const [server, client] = [await node(), await node()];
  handle(server, "T.Echo", (request: unknown) => request);
  handle(server, "T.Wait", () => new Promise(() => undefined));
  handle(server, "T.Fail", () => {
    throw new TypeError("a handler's own");
  });
  handle(
    server,
    "T.Bidi",
    async function* (requests: AsyncIterable<unknown>) {
      for await (const request of requests) yield request;
    },
    { replyStream: true, requestStream: true },
  );
  await server.start();
  expect(await ask(client, "T.Echo", { alive: 0 })).toEqual({ alive: 0 });
  const chance = new Chance(20_260_101);
  for (let input = 1; input <= inputs;) {
    const peers = await Promise.all(Array.from({ length: 50 }, () => connect(server)));
    for (const [index, peer] of peers.entries()) {
      const frames = mutated(chance.of(exchanges), chance);
      const bytes = Buffer.concat([begin, ...frames]);
      const cutAt = index % 2 === 0 ? bytes.length : chance.below(bytes.length);
      peer.send(bytes.toString("latin1", 0, cutAt));
      peer.send(bytes.toString("latin1", cutAt));
      input++;
    }
    await settle();
    for (const peer of peers) peer.destroy();
    expect(await ask(client, "T.Echo", { alive: input })).toEqual({ alive: input });
  }
  await settle();
  const stopped = server.server.stop();
  await world.clock.advance(20_000);
  // Whoever went away took his calls along.
  expect(await stopped).toEqual({ cut: 0 });
  expect(unhandled.seen).toEqual([]);
}, 60_000);
