import { expect } from "@jest/globals";
import type { CallOptions, Metadata } from "plugboard";
import { RpcError } from "plugboard";
import { toGrpcStatus } from "plugboard/spi";
import type { InteropApp } from "./interop-app.js";
import { zeros, type StreamingOutputCallRequest } from "./interop-contract.js";
import { echoed } from "./interop-service.js";

/** Calls the server at that address and checks what it answers. */
export type InteropCase = (app: InteropApp, address: string) => Promise<void>;

const sizes = [
  [27_182, 31_415],
  [8, 9],
  [1_828, 2_653],
  [45_904, 58_979],
] as const;
const unknown = 2;

/** The gRPC status of a failure, and its message. */
const statusOf = (error: unknown): unknown =>
  error instanceof RpcError ? { status: toGrpcStatus(error), message: error.detail } : error;

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(() => "no failure", statusOf);

async function collect<T>(replies: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const reply of replies) all.push(reply);
  return all;
}

async function* each<T>(...values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}

/** Requests that never come. */
async function* never(): AsyncGenerator<never> {
  yield await new Promise<never>(() => undefined);
}

/** What a call is told beside its replies. */
function listener() {
  const heard: { headers?: Metadata; trailers?: Metadata } = {};
  const options = {
    onHeaders: (headers) => void (heard.headers = headers),
    onTrailers: (trailers) => void (heard.trailers = trailers),
  } satisfies CallOptions;
  return { heard, options };
}

const large = { responseSize: 314_159, payload: zeros(271_828) };

async function specialMessage(app: InteropApp, address: string, message: string): Promise<void> {
  const failure = failureOf(
    app.tests.unaryCall({ responseStatus: { code: unknown, message } }, { address }),
  );
  expect(await failure).toEqual({ status: unknown, message });
}

/** gRPC's test cases, as its description has them, for our client. */
export const interopCases: Readonly<Record<string, InteropCase>> = {
  empty_unary: async ({ tests }, address) =>
    expect(await tests.emptyCall({}, { address })).toEqual({}),

  large_unary: async ({ tests }, address) => {
    const { payload } = await tests.unaryCall(large, { address });
    expect(payload?.body.length).toBe(314_159);
  },

  client_streaming: async ({ tests }, address) => {
    const requests = each(...sizes.map(([size]) => ({ payload: zeros(size) })));
    expect(await tests.streamingInputCall(requests, { address })).toEqual({
      aggregatedPayloadSize: 74_922,
    });
  },

  server_streaming: async ({ tests }, address) => {
    const responseParameters = sizes.map(([, size]) => ({ size }));
    const replies = await collect(tests.streamingOutputCall({ responseParameters }, { address }));
    expect(replies.map(({ payload }) => payload?.body.length)).toEqual(
      sizes.map(([, size]) => size),
    );
  },

  ping_pong: async ({ tests }, address) => {
    const waiting: (() => void)[] = [];
    async function* requests(): AsyncGenerator<StreamingOutputCallRequest> {
      for (const [asked, size] of sizes) {
        yield { responseParameters: [{ size }], payload: zeros(asked) };
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    }
    const got: unknown[] = [];
    for await (const { payload } of tests.fullDuplexCall(requests(), { address })) {
      got.push(payload?.body.length);
      waiting.shift()?.();
    }
    expect(got).toEqual(sizes.map(([, size]) => size));
  },

  empty_stream: async ({ tests }, address) =>
    expect(await collect(tests.fullDuplexCall(each(), { address }))).toEqual([]),

  timeout_on_sleeping_server: async ({ tests }, address) => {
    const request = {
      payload: zeros(27_182),
      responseParameters: [{ size: 1, intervalUs: 500_000 }],
    };
    const replies = tests.fullDuplexCall(each(request), { address, timeoutMs: 1 });
    expect(await failureOf(collect(replies))).toMatchObject({ status: 4 });
  },

  cancel_after_begin: async ({ tests }, address) => {
    const abort = new AbortController();
    const { signal } = abort;
    const reply = tests.streamingInputCall(never(), { address, signal });
    setImmediate(() => abort.abort());
    expect(await failureOf(reply)).toMatchObject({ status: 1 });
  },

  cancel_after_first_response: async ({ tests }, address) => {
    const abort = new AbortController();
    async function* requests(): AsyncGenerator<StreamingOutputCallRequest> {
      yield { responseParameters: [{ size: 31_415 }], payload: zeros(27_182) };
      yield* never();
    }
    const replies = tests.fullDuplexCall(requests(), { address, signal: abort.signal });
    const iterator = replies[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    abort.abort();
    expect(await failureOf(iterator.next())).toMatchObject({ status: 1 });
  },

  status_code_and_message: async (app, address) => {
    const message = "test status message";
    await specialMessage(app, address, message);
    const request = { responseStatus: { code: unknown, message } };
    const replies = app.tests.fullDuplexCall(each(request), { address });
    expect(await failureOf(collect(replies))).toEqual({ status: unknown, message });
  },

  special_status_message: (app, address) =>
    specialMessage(
      app,
      address,
      "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n",
    ),

  custom_metadata: async ({ tests }, address) => {
    const metadata = {
      [echoed.initial]: "test_initial_metadata_value",
      [echoed.trailing]: Buffer.from("0a0b0a0b0a0b", "hex").toString("base64"),
    };
    const expected = {
      headers: { [echoed.initial]: metadata[echoed.initial] },
      trailers: { [echoed.trailing]: metadata[echoed.trailing] },
    };
    const unary = listener();
    const request = { responseSize: 1, payload: zeros(1) };
    await tests.unaryCall(request, { address, metadata, ...unary.options });
    expect(unary.heard).toMatchObject(expected);
    const stream = listener();
    const requests = each({ responseParameters: [{ size: 1 }], payload: zeros(1) });
    await collect(tests.fullDuplexCall(requests, { address, metadata, ...stream.options }));
    expect(stream.heard).toMatchObject(expected);
  },

  unimplemented_method: async ({ tests }, address) =>
    expect(await failureOf(tests.unimplementedCall({}, { address }))).toMatchObject({ status: 12 }),

  unimplemented_service: async ({ unimplemented }, address) =>
    expect(await failureOf(unimplemented.unimplementedCall({}, { address }))).toMatchObject({
      status: 12,
    }),

  rpc_soak: async ({ tests }, address) => {
    for (let n = 0; n < 10; n += 1) {
      const { payload } = await tests.unaryCall(large, { address });
      expect(payload?.body.length).toBe(314_159);
    }
  },
};
