import { equal, ok } from "node:assert/strict";
import type { CallOptions, Context } from "../../../src/index.js";
import { RpcError, type HandlerSettings, type ServiceRecord } from "../../../src/spi.js";
import type { PairHarness, PairNode } from "./harness.js";

/** Milliseconds that a clause grants to what takes no time of its own. */
export const slackMs = 200;

type Handle = (request: never, context: Context) => unknown;

/** Adds a handler to a process. */
export function serve(
  { server }: PairNode,
  service: string,
  endpoint: string,
  handle: Handle,
  settings: HandlerSettings = {},
): void {
  server.handle(server.newHandler({ service: { name: service }, endpoint, handle, ...settings }));
}

/** A promise that may be left behind: nobody is told when it rejects. */
export function quietly<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** What several come to; may be left behind, too. */
export const all = <T>(works: readonly Promise<T>[]): Promise<T[]> => quietly(Promise.all(works));

/** What a call is made of, after who makes it. */
type Asked = readonly [service: string, endpoint: string, body?: unknown, options?: CallOptions];

/** Makes a unary call. */
export const ask = (
  { client }: PairNode,
  service: string,
  endpoint: string,
  body: unknown = {},
  options?: CallOptions,
): Promise<unknown> => quietly(client.call(client.newRequest(service, endpoint, body), options));

/** Makes a unary call from the first process; the reply must come within a fair time. */
export const answer = (harness: PairHarness, ...call: Asked): Promise<unknown> =>
  ended(harness, ask(harness, ...call));

/** Makes a unary call from the first process; it must fail within a fair time. */
export const failure = (harness: PairHarness, ...call: Asked): Promise<RpcError> =>
  ended(harness, failureOf(ask(harness, ...call)));

/** Makes a call of a handler that says it is idempotent; a typed client learns that from the registry. */
export const askAgain = (
  { client }: PairNode,
  service: string,
  endpoint: string,
  body: unknown = {},
  options?: CallOptions,
): Promise<unknown> =>
  quietly(client.call(client.newRequest(service, { endpoint, idempotent: true }, body), options));

/** The error that a call ends with; fails when it ends well, or with an error of another kind. */
export const failureOf = (work: Promise<unknown>): Promise<RpcError> => quietly(errorOf(work));

async function errorOf(work: Promise<unknown>): Promise<RpcError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) {
    throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`);
  }
  const { error } = outcome;
  ok(error instanceof RpcError, `not an RpcError: ${String(error)}`);
  return error;
}

/** Watches a promise, so that a clause can see that it has not settled yet. */
export function watched<T>(work: Promise<T>): { readonly work: Promise<T>; settled: boolean } {
  const watch = { work, settled: false };
  const settle = (): void => void (watch.settled = true);
  work.then(settle, settle);
  return watch;
}

/** What work comes to, unless it takes longer than is fair. */
export async function ended<T>(harness: PairHarness, work: Promise<T>): Promise<T> {
  const watch = watched(work);
  await harness.eventually(() => ok(watch.settled, "it does not end"));
  return work;
}

/** Something that handlers wait for until a clause lets them go. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** Waits until `count` things have happened. */
export const until = (
  harness: PairHarness,
  things: { readonly length: number },
  count: number,
): Promise<void> => harness.eventually(() => equal(things.length, count));

/** Everything an iterable gives. */
export async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The items one by one, each on a turn of its own. */
export async function* stream<T>(...items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

/** What the registry says of a service, as plain values. */
export async function recordsOf(
  { registry }: PairNode,
  service: string,
): Promise<readonly ServiceRecord[]> {
  return JSON.parse(JSON.stringify(await registry.getService(service))) as ServiceRecord[];
}
