import { newMetadata, type Message, type RpcError } from "../../../src/spi.js";
import { bodyTooLarge, headersTooLarge } from "./memory-errors.js";

/** What one end takes, in bytes. */
export interface MemoryLimits {
  readonly maxMessageBytes: number;
  readonly maxHeaderBytes: number;
}

/** Bytes that a header costs besides its name and value, as in HTTP: colon, space, CR, LF. */
const perHeader = 4;

/**
 * What arrives of `message`: a copy that shares nothing with it, names in lower case, CR and LF in
 * values as spaces. The typed error instead when it is over `limits`.
 */
export function encodeMessage(
  { headers, body }: Message,
  peer: string,
  { maxMessageBytes, maxHeaderBytes }: MemoryLimits,
): Message | RpcError {
  if (body.length > maxMessageBytes) return bodyTooLarge(peer, body.length, maxMessageBytes);
  const copy = newMetadata();
  let bytes = 0;
  for (const name in headers) {
    const value = (headers[name] ?? "").replace(/[\r\n]/g, " ");
    copy[name.toLowerCase()] = value;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + perHeader;
  }
  if (bytes > maxHeaderBytes) return headersTooLarge(peer, bytes, maxHeaderBytes);
  return { headers: copy, body: new Uint8Array(body) };
}
