import type { RpcError } from "../base/error.js";
import type { MutableMetadata } from "../base/metadata.js";
import type { CallShape } from "../call/call.js";
import type { CallOptions } from "../call/call-options.js";
import type { CallContext } from "../call/context.js";
import type { EndpointShape } from "../call/contract.js";

/** A call that is made, as it came or as layers changed it. */
export interface MadeCall {
  readonly service: string;
  readonly shape: EndpointShape;
  readonly kind: CallShape;
  readonly request: unknown;
  readonly metadata: MutableMetadata | undefined;
  readonly context: CallContext;
  /** Why it was cancelled, where it knows that without its context. */
  readonly reason: RpcError | undefined;
  /** On the monotonic clock. */
  readonly deadlineAt: number;
  readonly options: CallOptions;
  readonly retries: number;
  /** When it began, on the monotonic clock. */
  readonly startedAt: number;
}
