import {
  BadRequest,
  Canceled,
  ContentTooLarge,
  InternalServerError,
  RpcError,
  Timeout,
  Unavailable,
} from "../../../src/spi.js";

/** Who says so, in every error of this transport. */
export const errorId = "plugboard.transport.http";

/** `ECONNREFUSED` and the like, or what the cause says. */
function systemCode(cause: unknown): string {
  if (typeof cause !== "object" || cause === null) return String(cause);
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  return String(code ?? message);
}

export const connectFailed = (address: string, cause: unknown): RpcError =>
  new Unavailable(
    `cannot connect to ${address}: ${systemCode(cause)}. Check that something listens there and that the registry's entry is current`,
    { id: errorId, reason: "transport.connect-failed", retry: "safe", cause },
  );

export const connectTimeout = (address: string, timeoutMs: number): RpcError =>
  new Timeout(
    `no connection to ${address} within ${timeoutMs} ms. Check network and firewall, or raise timeoutMs`,
    { id: errorId, reason: "transport.connect-timeout", retry: "safe" },
  );

export const dialCanceled = (address: string, cause: unknown): RpcError =>
  new Canceled(`connecting to ${address} was cancelled by the caller`, {
    id: errorId,
    reason: "transport.canceled",
    retry: "safe",
    cause,
  });

export function listenFailed(address: string, cause: unknown): RpcError {
  const inUse = systemCode(cause) === "EADDRINUSE";
  const advice = inUse
    ? "is in use. Stop what listens there, or listen on port 0"
    : `cannot be listened on: ${systemCode(cause)}. Use an address of this host, such as ":0"`;
  return new Unavailable(`${address} ${advice}`, {
    id: errorId,
    reason: inUse ? "transport.address-in-use" : "transport.listen-failed",
    cause,
  });
}

/** The channel is gone. `safe` when no byte of the request was written. */
export const channelClosed = (
  peer: string,
  what: string,
  { safe = false, cause }: { readonly safe?: boolean; readonly cause?: unknown } = {},
): RpcError =>
  new Unavailable(
    `the connection with ${peer} ${what}${cause === undefined ? "" : ` (${systemCode(cause)})`}. ${safe ? "Open another" : "The peer may or may not have acted; look at its log"}`,
    {
      id: errorId,
      reason: "transport.closed",
      ...(safe ? { retry: "safe" as const } : {}),
      ...(cause === undefined ? {} : { cause }),
    },
  );

/** Every channel that this client can have is open. */
export const clientBusy = (peer: string): RpcError =>
  new Unavailable(
    `the connection with ${peer} carries a call already; HTTP/1.1 takes one at a time. Dial another`,
    { id: errorId, reason: "transport.busy", retry: "safe" },
  );

export const malformed = (peer: string, what: string): RpcError =>
  new BadRequest(`${peer} sent what is not HTTP/1.1: ${what}. Check that it speaks plain HTTP`, {
    id: errorId,
    reason: "transport.malformed",
  });

export const bodyTooLarge = (peer: string, most: number): RpcError =>
  new ContentTooLarge(
    `${peer} sent a body of more than ${most} bytes. Send less, or raise maxMessageBytes`,
    { id: errorId, reason: "transport.too-large", retry: "never" },
  );

export const headersTooLarge = (peer: string, most: number): RpcError =>
  new RpcError(
    431,
    `${peer} sent headers of more than ${most} bytes. Send less metadata, or raise maxHeaderBytes`,
    { id: errorId, reason: "transport.headers-too-large", retry: "never" },
  );

export const messageTimeout = (peer: string, timeoutMs: number): RpcError =>
  new Timeout(
    `${peer} did not finish its message within ${timeoutMs} ms. Send faster, or raise messageTimeoutMs`,
    { id: errorId, reason: "transport.message-timeout" },
  );

export const badStatus = (peer: string, status: number, body: string): RpcError =>
  new Unavailable(
    `${status}: ${body} (from ${peer}, where a mucp server always answers 200; check the address and what is in between)`,
    { id: errorId, reason: "transport.bad-status" },
  );

export const badHeaderName = (name: string): RpcError =>
  new InternalServerError(
    `${JSON.stringify(name)} is no HTTP header name. Use letters, digits and hyphens in metadata names`,
    { id: errorId, reason: "transport.bad-header", retry: "never" },
  );
