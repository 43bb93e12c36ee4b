import type { RpcError } from "../base/error.js";
import type { CallOptions } from "../call/call-options.js";
import type { Attempt } from "./carrier.js";

/** What each attempt takes over from its call. */
type Taken = "service" | "shape" | "kind" | "request" | "metadata" | "context";

/** A call that is made, as it came or as layers changed it. */
export interface MadeCall extends Pick<Attempt, Taken> {
  /** Why it was cancelled, where it knows that without its context. */
  readonly reason: RpcError | undefined;
  /** On the monotonic clock. */
  readonly deadlineAt: number;
  readonly options: CallOptions;
  readonly retries: number;
  /** When it began, on the monotonic clock. */
  readonly startedAt: number;
}
