import type { FrameWriter } from "./frame-writer.js";
import { kind, malformed, readU32, writeU32 } from "./protocol.js";

/** What each side says first. */
export interface Hello {
  /** Bytes of the largest body that it takes. */
  readonly maxMessageBytes: number;
  /** Name of the service that calls; empty from the serving side. */
  readonly from: string;
}

const longestName = 1_024;

export function writeHello(writer: FrameWriter, { maxMessageBytes, from }: Hello): void {
  const name = Buffer.from(from).subarray(0, longestName);
  const at = writer.reserve(4 + name.length);
  writeU32(writer.buffer, at, Math.min(maxMessageBytes, 0xffff_ffff));
  name.copy(writer.buffer, at + 4);
  writer.commit(kind.hello, 0, at + 4 + name.length);
}

/** @throws BadRequest `frames.malformed`. */
export function readHello(bytes: Buffer, start: number, end: number): Hello {
  if (end - start < 4 || end - start > 4 + longestName)
    throw malformed("a hello of the wrong length");
  return { maxMessageBytes: readU32(bytes, start), from: bytes.toString("utf8", start + 4, end) };
}
