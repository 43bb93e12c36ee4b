import type { RpcError } from "../base/error.js";
import type { CallFrame } from "./call-frame.js";
import { connectionLost, headersTooLarge, messageTooLarge } from "./frame-errors.js";

/** Bounds on what a call may bring along. */
export interface CallBounds {
  readonly maxMessageBytes: number;
  readonly maxHeaderBytes: number;
}

/** Why a call is not even looked at; undefined when it is. `crowded`: too many answers wait already. */
export function refusalOf(
  { replies, metadataBytes, bodyStart, bodyEnd }: CallFrame,
  { maxMessageBytes, maxHeaderBytes }: CallBounds,
  crowded: boolean,
): RpcError | undefined {
  const peer = replies.remoteAddress;
  const bytes = bodyEnd - bodyStart;
  if (bytes > maxMessageBytes) return messageTooLarge(peer, bytes, maxMessageBytes);
  if (metadataBytes > maxHeaderBytes) return headersTooLarge(peer, metadataBytes, maxHeaderBytes);
  return crowded ? connectionLost(peer, "has too many answers to take", { safe: true }) : undefined;
}
