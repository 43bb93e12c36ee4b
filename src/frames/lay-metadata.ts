import type { Metadata } from "../base/metadata.js";
import { headersTooLarge } from "./frame-errors.js";
import type { FrameWriter } from "./frame-writer.js";
import { metadataRoom, writeMetadata } from "./metadata-block.js";

/** Who lays metadata, and how much of it may be. */
export interface MetadataBounds {
  readonly speaker: string;
  /** Bytes. */
  readonly most: number;
}

/** Lays a frame of metadata. @throws RpcError 431 `transport.headers-too-large`; then nothing was laid. */
export function layMetadata(
  frames: FrameWriter,
  kind: number,
  call: number,
  metadata: Metadata,
  { speaker, most }: MetadataBounds,
): void {
  const room = metadataRoom(metadata); // three bytes for each character
  if (room > 3 * most + 2) throw headersTooLarge(speaker, Math.ceil(room / 3), most);
  const at = frames.reserve(room);
  const end = writeMetadata(metadata, frames.buffer, at);
  if (end - at > most) throw headersTooLarge(speaker, end - at, most);
  frames.commit(kind, call, end);
}
