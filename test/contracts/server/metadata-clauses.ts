import { deepEqual, equal } from "node:assert/strict";
import type { CallOptions, Context, Metadata } from "../../../src/index.js";
import { Conflict } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness } from "../pair/harness.js";
import { answer, collect, ended, failure, gate, serve, stream } from "../pair/tools.js";

/** Keeps what is heard beside replies, in the order of hearing. */
function listener() {
  const heard: (readonly [part: string, metadata: Metadata])[] = [];
  const options: CallOptions = {
    onHeaders: (headers) => heard.push(["headers", { ...headers }]),
    onTrailers: (trailers) => heard.push(["trailers", { ...trailers }]),
  };
  return { heard, options };
}

/** What was heard under these names alone: protocols may add some of their own. */
const only = (
  heard: readonly (readonly [string, Metadata])[],
  ...names: readonly string[]
): unknown[] =>
  heard.map(([part, metadata]) => [
    part,
    Object.fromEntries(
      names.flatMap((name) => (name in metadata ? [[name, metadata[name]] as const] : [])),
    ),
  ]);

/** Says something at both ends. */
function say(context: Context): void {
  context.replyHeaders["X-Cost"] = "3";
  context.replyTrailers["X-Rows"] = "7";
}

const both = [
  ["headers", { "x-cost": "3" }],
  ["trailers", { "x-rows": "7" }],
];

/** What handlers say beside their replies. */
export const metadataClauses = [
  clause("a handler's headers and trailers reach the caller", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Echo.Say", async (request: unknown, context) => {
      say(context);
      return request;
    });
    await harness.start();
    const { heard, options } = listener();
    deepEqual(await answer(harness, service, "Echo.Say", { n: 1 }, options), { n: 1 });
    deepEqual(only(heard, "x-cost", "x-rows"), both);
  }),

  clause("what a handler says may be of any script, and bytes", async (harness: PairHarness) => {
    const service = harness.service();
    const said = { "x-user": "Grüße, 漢字 🎈", "x-key-bin": "AQL/" };
    serve(harness, service, "Echo.Say", async (_request, context) => {
      Object.assign(context.replyHeaders, said);
      Object.assign(context.replyTrailers, said);
      return {};
    });
    await harness.start();
    const { heard, options } = listener();
    await answer(harness, service, "Echo.Say", {}, options);
    deepEqual(only(heard, ...Object.keys(said)), [
      ["headers", said],
      ["trailers", said],
    ]);
  }),

  clause("a handler that fails is heard as well", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Echo.Say", async (_request, context) => {
      say(context);
      throw new Conflict("taken");
    });
    await harness.start();
    const { heard, options } = listener();
    equal((await failure(harness, service, "Echo.Say", {}, options)).code, 409);
    deepEqual(only(heard, "x-cost", "x-rows"), both);
  }),

  clause("names of the protocol are not a handler's to set", async (harness: PairHarness) => {
    const service = harness.service();
    const forbidden = ["content-type", "micro-error", "plugboard-shape", "content-length"];
    serve(harness, service, "Echo.Say", async (request: unknown, context) => {
      for (const name of forbidden)
        context.replyHeaders[name] = context.replyTrailers[name] = "nonsense";
      say(context);
      return request;
    });
    await harness.start();
    const { heard, options } = listener();
    deepEqual(await answer(harness, service, "Echo.Say", { n: 1 }, options), { n: 1 });
    deepEqual(only(heard, "x-cost", "x-rows", ...forbidden), both);
  }),

  clause("a name that cannot travel is the handler's fault", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Echo.Say", async (request: unknown, context) => {
      say(context);
      context.replyHeaders["a name"] = "1";
      return request;
    });
    await harness.start();
    const error = await failure(harness, service, "Echo.Say");
    deepEqual([error.code, error.reason], [500, "transport.bad-header"]);
  }),

  clause(
    "a stream says its headers before its replies, its trailers after",
    async (harness: PairHarness) => {
      const service = harness.service();
      const held = gate();
      const handle = async function* (_request: unknown, context: Context) {
        context.replyHeaders["x-cost"] = "3";
        yield { n: 1 };
        await held.opened;
        context.replyTrailers["x-rows"] = "7";
        yield { n: 2 };
      };
      serve(harness, service, "Count.Up", handle, { replyStream: true });
      await harness.start();
      const { heard, options } = listener();
      const shape = { endpoint: "Count.Up", replyStream: true };
      const { client } = harness;
      const replies = client.stream(client.newRequest(service, shape, {}), options);
      const reader = replies[Symbol.asyncIterator]();
      deepEqual(await ended(harness, reader.next()), { done: false, value: { n: 1 } });
      deepEqual(only(heard, "x-cost", "x-rows"), both.slice(0, 1));
      held.open();
      deepEqual(await ended(harness, collect({ [Symbol.asyncIterator]: () => reader })), [
        { n: 2 },
      ]);
      deepEqual(only(heard, "x-cost", "x-rows"), both);
    },
  ),

  clause("every shape of call has headers and trailers", async (harness: PairHarness) => {
    const service = harness.service();
    const join = async (requests: AsyncIterable<unknown>, context: Context): Promise<unknown> => {
      say(context);
      return { all: await collect(requests) };
    };
    const echo = async function* (requests: AsyncIterable<unknown>, context: Context) {
      say(context);
      yield* requests;
    };
    const nothing = async function* (_request: unknown, context: Context) {
      say(context);
      yield* [];
    };
    serve(harness, service, "All.Join", join, { requestStream: true });
    serve(harness, service, "All.Echo", echo, { requestStream: true, replyStream: true });
    serve(harness, service, "All.Nothing", nothing, { replyStream: true });
    await harness.start();
    const { client } = harness;
    const shapeOf = (endpoint: string) => ({ endpoint, replyStream: true });
    const joined = listener();
    const requests = stream({ n: 1 }, { n: 2 });
    const reply = client.call(client.newRequest(service, "All.Join", requests), joined.options);
    deepEqual(await ended(harness, reply), { all: [{ n: 1 }, { n: 2 }] });
    deepEqual(only(joined.heard, "x-cost", "x-rows"), both, "a stream of requests");
    const echoed = listener();
    const replies = client.stream(
      client.newRequest(service, shapeOf("All.Echo"), stream({ n: 1 })),
      echoed.options,
    );
    deepEqual(await ended(harness, collect(replies)), [{ n: 1 }]);
    deepEqual(only(echoed.heard, "x-cost", "x-rows"), both, "streams both ways");
    const empty = listener();
    const none = client.stream(
      client.newRequest(service, shapeOf("All.Nothing"), {}),
      empty.options,
    );
    deepEqual(await ended(harness, collect(none)), []);
    deepEqual(only(empty.heard, "x-cost", "x-rows"), both, "no reply at all");
  }),
];
