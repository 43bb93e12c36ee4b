import { RpcError } from "../base/error.js";

/**
 * The error of a nested call, for the handler that made it. That the nested call is safe to make
 * again does not hold for the call around it, which has begun: a handler that lets the error pass
 * must not be run twice on its account.
 */
export function inBegunCall(error: unknown): unknown {
  return error instanceof RpcError && error.retry === "safe"
    ? Object.create(error, { retry: { value: undefined, enumerable: true } })
    : error;
}
