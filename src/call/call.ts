import type { Environment } from "../base/environment.js";
import type { MutableMetadata } from "../base/metadata.js";
import type { ServiceNode } from "../registry/registry.js";
import type { Context } from "./context.js";

/** The four call shapes, and events. */
export type CallShape = "unary" | "server-stream" | "client-stream" | "bidi-stream" | "event";

/** One call, as interceptors see it. To change it, pass a changed copy on: `next({ ...call, request })`. */
export interface Call {
  /** Which side of the wire this is. */
  readonly side: "client" | "server" | "subscriber";
  readonly service: string;
  /** `Greeter.Hello`; the topic's name for events. */
  readonly endpoint: string;
  readonly shape: CallShape;
  /** The request, an AsyncIterable of them for client and bidi streams, or the event's data. */
  readonly request: unknown;
  readonly context: Context;
  /** On the client: metadata to send, may be added to. On the others: what came. */
  readonly metadata: MutableMetadata;
  /** 1 for the first attempt. Around the whole call on a client it stays 1. */
  readonly attempt: number;
  /** On the client, around an attempt: the node it goes to. */
  readonly node?: ServiceNode;
}

/** Answers a call: the reply, or an AsyncIterable of replies for server and bidi streams. */
export type CallHandler = (call: Call) => Promise<unknown>;

/**
 * A layer around calls, the same on both sides: guard, log, measure, cache, break, limit. The outer
 * function runs once when the app starts, the inner one for each call. Whoever needs a clock, timers or
 * chance takes them from the environment.
 *
 * @example
 * const timing: Interceptor = (next) => async (call) => {
 *   const reply = await next(call);
 *   return reply;
 * };
 */
export type Interceptor = (next: CallHandler, environment: Environment) => CallHandler;

/** Wraps `handler`; the first interceptor listed is the outermost. */
export function compose(
  interceptors: readonly Interceptor[],
  handler: CallHandler,
  environment: Environment,
): CallHandler {
  return interceptors.reduceRight((next, interceptor) => interceptor(next, environment), handler);
}
