import {
  Canceled,
  ContentTooLarge,
  RpcError,
  Unavailable,
  type RpcErrorOptions,
} from "../../../src/spi.js";

const id = "plugboard.transport.memory";
const safe = { id, retry: "safe" } as const;
const never = { id, retry: "never" } as const;

export const connectFailed = (address: string): RpcError =>
  new Unavailable(
    `cannot connect to ${address}: nobody listens there. Start the server first, and give both sides the same hub`,
    { ...safe, reason: "transport.connect-failed" },
  );

export const dialCanceled = (address: string, cause: unknown): RpcError =>
  new Canceled(`connecting to ${address} was cancelled by the caller`, {
    ...safe,
    reason: "transport.canceled",
    cause,
  });

export const addressInUse = (address: string): RpcError =>
  new Unavailable(`${address} is in use. Close what listens there, or listen on ":0"`, {
    id,
    reason: "transport.address-in-use",
  });

export const listenFailed = (address: string): RpcError =>
  new Unavailable(`${address} cannot be listened on: it is not host:port. Use ":0"`, {
    id,
    reason: "transport.listen-failed",
  });

/** The channel is gone. `retry: "safe"` when nothing was sent on it. */
export const channelClosed = (
  peer: string,
  what: string,
  options: Pick<RpcErrorOptions, "retry"> = {},
): RpcError =>
  new Unavailable(`the channel with ${peer} ${what}. Open another`, {
    id,
    ...options,
    reason: "transport.closed",
  });

export const clientBusy = (peer: string, capacity: number): RpcError =>
  new Unavailable(`${capacity} channels with ${peer} are open already. Dial another client`, {
    ...safe,
    reason: "transport.busy",
  });

export const bodyTooLarge = (peer: string, bytes: number, most: number): RpcError =>
  new ContentTooLarge(
    `${peer} sent a body of ${bytes} bytes where ${most} are taken. Send less, or raise maxMessageBytes`,
    { ...never, reason: "transport.too-large" },
  );

export const headersTooLarge = (peer: string, bytes: number, most: number): RpcError =>
  new RpcError(
    431,
    `${peer} sent headers of ${bytes} bytes where ${most} are taken. Send less metadata, or raise maxHeaderBytes`,
    { ...never, reason: "transport.headers-too-large" },
  );
