import type { RpcError } from "../base/error.js";
import { decodeError, type ErrorClasses } from "../call/error-wire.js";

/** The status line and the header in which a node that speaks frames refuses whoever it does not let in. */
const refused = /^HTTP\/1\.[01] \d{3}[^]*?\r\nMicro-Error: ([^\r]*)\r\n/i;

const noClasses: ErrorClasses = new Map();

/**
 * What a peer says that answers a preface in HTTP: one that lets nobody in without TLS, or without a
 * certificate. Undefined for frames. Such an answer comes in one piece.
 */
export function readHttpRefusal(bytes: Uint8Array): RpcError | undefined {
  if (bytes[0] !== 0x48 /* H */) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const line = refused.exec(text)?.[1];
  return line === undefined ? undefined : decodeError(line, "plugboard.client", noClasses);
}
