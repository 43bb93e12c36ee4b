import type { Metadata } from "../base/metadata.js";
import type { Hedge } from "./hedge.js";
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
  /**
   * When the call is also made on another node although the first has not failed: unary calls that are
   * idempotent, within `retries` and the retry budget. Default: as the client was told, which is
   * never; false turns that off.
   */
  readonly hedge?: Hedge | false;
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
  /**
   * Hears what the handler said before its first reply (`context.replyHeaders`): at most once, before
   * the reply or the error is there. Attempts that are made again are not heard of. Bytes come as
   * base64 under names that end with `-bin`. What it throws is logged.
   */
  readonly onHeaders?: (headers: Metadata) => void;
  /** The same for what was said at the end (`context.replyTrailers`), also of calls that failed. */
  readonly onTrailers?: (trailers: Metadata) => void;
}
