import type { RpcError } from "../base/error.js";
import { ContentTooLarge, Unavailable } from "../base/errors.js";
import { rpcError } from "../base/errors.js";

/** Says that a connection is gone, or takes no further call. */
export const connectionLost = (
  peer: string,
  what: string,
  { safe = false, cause }: { readonly safe?: boolean; readonly cause?: unknown } = {},
): Unavailable =>
  new Unavailable(`the connection to ${peer} ${what}`, {
    id: "plugboard.client",
    reason: "transport.closed",
    ...(safe ? { retry: "safe" } : {}),
    ...(cause === undefined ? {} : { cause }),
  });

/** Says that a connection has all the calls that it may have. */
export const connectionBusy = (peer: string): Unavailable =>
  new Unavailable(`the connection to ${peer} has as many calls as it may`, {
    id: "plugboard.client",
    reason: "transport.busy",
    retry: "safe",
  });

/** Says that a message is over the limit. */
export const messageTooLarge = (peer: string, bytes: number, most: number): ContentTooLarge =>
  new ContentTooLarge(`a message of ${bytes} bytes from ${peer}; at most ${most} are taken`, {
    reason: "transport.too-large",
    retry: "never",
  });

/** Says that a call's metadata is over the limit. */
export const headersTooLarge = (peer: string, bytes: number, most: number): RpcError =>
  rpcError(431, `${bytes} bytes of metadata from ${peer}; at most ${most} are taken`, {
    reason: "transport.headers-too-large",
    retry: "never",
  });

/** Says that a stream was let go of before it had an end. */
export const leftUnanswered = (): Unavailable =>
  new Unavailable("the service left the stream without an answer", {
    reason: "transport.closed",
  });
