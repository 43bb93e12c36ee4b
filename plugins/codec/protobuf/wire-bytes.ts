import { unfit } from "./unfit.js";
import { writeVarint } from "./wire-varint.js";

// Up to here a loop is faster than a call of the platform.
const shortWrite = 16;
const shortRead = 24;

/** Bytes that `writeBytes` takes at most. @throws Unfit for what is no `Uint8Array`. */
export const roomOfBytes = (value: unknown): number =>
  value instanceof Uint8Array ? value.length + 5 : unfit();

/** Writes length and bytes. */
export function writeBytes(bytes: Uint8Array, buffer: Buffer, at: number): number {
  const { length } = bytes;
  const start = writeVarint(length, buffer, at);
  if (length > shortWrite) buffer.set(bytes, start);
  else for (let index = 0; index < length; index++) buffer[start + index] = bytes[index]!;
  return start + length;
}

/** A copy of the bytes from `start` to `end`. */
export function readBytes(buffer: Buffer, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length > shortRead)
    return new Uint8Array(new Uint8Array(buffer.buffer, buffer.byteOffset + start, length));
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = buffer[start + index]!;
  return bytes;
}
