import { errorStatus, type ErrorCode } from "./error-code.js";
import type { ErrorDetail } from "./error-detail.js";

/** What else an {@link RpcError} can carry. */
export interface RpcErrorOptions {
  /** Who says so: a service's name, or a part of the framework such as `plugboard.client`. */
  readonly id?: string;
  /** Stable dotted word for programs, such as `selector.empty`. */
  readonly reason?: string;
  /** Facts for the caller; JSON values only. Travels with the error. */
  readonly data?: Readonly<Record<string, unknown>>;
  /**
   * `safe`: the request was not started, so a second attempt cannot do harm.
   * `never`: a second attempt is pointless. Left out: decided by the handler's idempotence.
   */
  readonly retry?: "safe" | "never";
  /**
   * Protobuf messages for callers who know them. Over gRPC they take the place of the standard ones; an
   * empty list is sent as none.
   */
  readonly details?: readonly ErrorDetail[];
  /** The error underneath. Stays in this process. */
  readonly cause?: unknown;
}

/**
 * The one error of the framework. On the wire it is go-micro's `{ id, code, detail, status }` with
 * the optional additions `type`, `reason`, `data`, `retry` and `details`; in code it is one of the classes of
 * `errors.ts` or a class of your own (see `type`).
 */
export class RpcError extends Error {
  /** Stable name of a class of your own, such as `shop.OutOfStock`; it finds the class again at the caller. */
  static readonly type: string | undefined = undefined;

  /** HTTP-like number. */
  readonly code: ErrorCode;
  /** Who says so. Filled with the service's name when a handler throws. */
  readonly id: string;
  /** What happened, for people. The same text as `message`. */
  readonly detail: string;
  readonly reason: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly retry: "safe" | "never" | undefined;
  readonly details: readonly ErrorDetail[] | undefined;
  /** Name of the user's class it was made from, also when that class is unknown here. */
  readonly type: string | undefined;

  constructor(code: ErrorCode, detail: string, options: RpcErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.id = options.id ?? "";
    this.detail = detail;
    this.reason = options.reason;
    this.data = options.data;
    this.retry = options.retry;
    this.details = options.details;
    this.type = new.target.type;
  }

  /** The code's text, such as `Not Found`. */
  get status(): string {
    return errorStatus[this.code];
  }
}
