import type { MutableMetadata } from "../base/metadata.js";
import type { CallShape } from "../call/call.js";
import type { CallContext } from "../call/context.js";
import type { EndpointShape } from "../call/contract.js";
import type { ServiceNode } from "../registry/registry.js";

/** One attempt of a call on one node. */
export interface Attempt {
  readonly service: string;
  readonly shape: EndpointShape;
  readonly kind: CallShape;
  readonly request: unknown;
  readonly metadata: MutableMetadata;
  /** Deadline and cancellation; the carrier stops when its scope is cancelled. */
  readonly context: CallContext;
  readonly attempt: number;
  readonly node: ServiceNode;
  readonly contentType: string | undefined;
}

/**
 * Takes one attempt over the wire: the part of a client that knows a protocol. Everything else
 * (choice of node, retries, deadlines, interceptors) is shared.
 */
export interface Carrier {
  /** The single reply, also of a client stream. */
  unary(attempt: Attempt): Promise<unknown>;
  /** The replies; nothing is sent before the first is asked for. */
  stream(attempt: Attempt): AsyncIterable<unknown>;
  close(): Promise<void>;
}
