import { encodeError, errorStatus, type ErrorCode, type RpcError } from "../../../src/spi.js";
import type { Headers } from "./cors.js";

/** An error as an answer of HTTP. */
export interface ErrorAnswer {
  readonly status: number;
  /** The status in words. */
  readonly text: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * The status is the error's code, but for a deadline that has passed: browsers and proxies send a
 * request again by themselves when they read 408, so only a request that never came whole gets that.
 */
export const httpStatus = ({ code, reason }: RpcError): ErrorCode =>
  code === 408 && reason !== "transport.message-timeout" ? 504 : code;

/** An error for callers: status, go-micro's JSON, and when to come back where that is safe. */
export function errorAnswer(error: RpcError): ErrorAnswer {
  const status = httpStatus(error);
  const later = error.retry === "safe" && (status === 503 || status === 429);
  return {
    status,
    text: errorStatus[status],
    headers: {
      "content-type": "application/json",
      ...(status === 405 && { allow: "POST" }),
      ...(later && { "retry-after": "1" }),
    },
    body: Buffer.from(`${encodeError(error)}\n`),
  };
}
