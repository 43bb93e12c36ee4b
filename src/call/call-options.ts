import type { SelectFilter } from "../selector/selector.js";

/** What a caller may say about one call. */
export interface CallOptions {
  /** Milliseconds for the whole call, retries included. Default 5,000; streams have none. */
  readonly timeoutMs?: number;
  /** Milliseconds for one attempt. Default: what is left of the whole. */
  readonly attemptTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Further attempts after the first. Default 1; 0 turns them off. */
  readonly retries?: number;
  /** Says that a second execution does no harm, whatever the handler says. */
  readonly idempotent?: boolean;
  /** `host:port`, or several in turn: goes there, past registry and selector. */
  readonly address?: string | readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Which nodes may serve it. */
  readonly select?: {
    readonly version?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly shardKey?: string;
    readonly filters?: readonly SelectFilter[];
  };
  /** Content type of the request. Default: protobuf where types are declared, else JSON. */
  readonly contentType?: string;
}
