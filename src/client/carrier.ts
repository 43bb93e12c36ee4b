import type { Metadata, MutableMetadata } from "../base/metadata.js";
import type { CallShape } from "../call/call.js";
import type { CallContext } from "../call/context.js";
import type { EndpointShape } from "../call/contract.js";
import type { ServiceNode } from "../registry/registry.js";

/** Hears what a peer's handler says beside its replies; each once at most. */
export interface ReplyListener {
  headers(metadata: Metadata): void;
  trailers(metadata: Metadata): void;
}

/** One attempt of a call on one node. */
export interface Attempt {
  readonly service: string;
  readonly shape: EndpointShape;
  readonly kind: CallShape;
  readonly request: unknown;
  /** What goes along, besides the caller's name; undefined for nothing. */
  readonly metadata: MutableMetadata | undefined;
  /** Deadline and cancellation; the carrier stops when its scope is cancelled. */
  readonly context: CallContext;
  /** Milliseconds from the attempt's beginning to the deadline; Infinity without one. */
  readonly timeoutMs: number;
  readonly attempt: number;
  readonly node: ServiceNode;
  readonly contentType: string | undefined;
  /** Undefined when nobody listens. */
  readonly heard: ReplyListener | undefined;
}

/** Hears how an attempt ended: one of the two, once, never before `start` has returned. */
export interface Outcome {
  replied(reply: unknown): void;
  failed(error: unknown): void;
}

/** An attempt under way. */
export interface Started {
  /** Gives it up; its outcome is not told any more. */
  cancel(): void;
}

/**
 * Takes one attempt over the wire: the part of a client that knows a protocol. Everything else
 * (choice of node, retries, deadlines, interceptors) is shared.
 */
export interface Carrier {
  /** The single reply, also of a client stream. */
  unary(attempt: Attempt): Promise<unknown>;
  /**
   * The same for a plain unary call at the least cost, where the way to the node is open already;
   * undefined when it is not, or there is no such way: then `unary` is called. @throws as `unary`
   * rejects; then nothing was sent.
   */
  start?(attempt: Attempt, outcome: Outcome): Started | undefined;
  /** The replies; nothing is sent before the first is asked for. */
  stream(attempt: Attempt): AsyncIterable<unknown>;
  /**
   * The same once the first reply is here, where the carrier can do that better than by reading it
   * ahead. @throws what came in the first reply's place.
   */
  openStream?(attempt: Attempt): Promise<AsyncIterable<unknown>>;
  close(): Promise<void>;
}
