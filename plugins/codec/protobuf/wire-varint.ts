import { cursor } from "./cursor.js";
import { cutShort, malformed } from "./malformed.js";

/** Writes an unsigned number of 32 bits and answers where it ends. */
export function writeVarint(value: number, buffer: Buffer, at: number): number {
  let rest = value;
  let to = at;
  while (rest > 127) {
    buffer[to++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  buffer[to] = rest;
  return to + 1;
}

/** Bytes of an unsigned number of 32 bits. */
export function widthOf(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** Writes a number of 64 bits, given in unsigned halves. */
export function writeVarint64(low: number, high: number, buffer: Buffer, at: number): number {
  let rest = low;
  let above = high;
  let to = at;
  while (above !== 0) {
    buffer[to++] = (rest & 127) | 128;
    rest = ((rest >>> 7) | (above << 25)) >>> 0;
    above >>>= 7;
  }
  return writeVarint(rest, buffer, to);
}

/** Writes a signed number of 32 bits: ten bytes below zero, as 64 bits have it. */
export function writeInt32(value: number, buffer: Buffer, at: number): number {
  return value < 0
    ? writeVarint64(value >>> 0, 0xffff_ffff, buffer, at)
    : writeVarint(value, buffer, at);
}

/** Puts the length of what lies from `at + width` to `end` in front of it. Answers where all ends. */
export function seal(buffer: Buffer, at: number, width: number, end: number): number {
  const length = end - at - width;
  const start = at + widthOf(length);
  if (start !== at + width) buffer.copyWithin(start, at + width, end);
  writeVarint(length, buffer, at);
  return start + length;
}

/** The lower 32 bits, unsigned, of the number at `at`; {@link cursor} is moved behind it. */
export function readVarint(buffer: Buffer, at: number, end: number): number {
  let value = 0;
  const last = at + 10;
  for (let from = at, shift = 0; from < last; from++, shift += 7) {
    if (from >= end) cutShort();
    const byte = buffer[from]!;
    if (shift < 32) value |= (byte & 127) << shift;
    if (byte < 128) {
      cursor.at = from + 1;
      return value >>> 0;
    }
  }
  return malformed("a number has more than 10 bytes");
}

/** Whether any bit of the number is set. Moves {@link cursor}. */
export function readBool(buffer: Buffer, at: number, end: number): boolean {
  readVarint(buffer, at, end);
  for (let from = at; from < cursor.at; from++) if ((buffer[from]! & 127) !== 0) return true;
  return false;
}

/** A field's number and wire type: 32 bits in five bytes at most. Moves {@link cursor}. */
export function readTag(buffer: Buffer, at: number, end: number): number {
  const tag = readVarint(buffer, at, end);
  const width = cursor.at - at;
  if (width > 5 || (width === 5 && buffer[at + 4]! > 15)) malformed("a field's tag is too large");
  return tag;
}

/** A length: 31 bits in five bytes at most. Moves {@link cursor}. */
export function readLength(buffer: Buffer, at: number, end: number): number {
  const length = readVarint(buffer, at, end);
  const width = cursor.at - at;
  if (width > 5 || (width === 5 && buffer[at + 4]! > 7)) malformed("a length is too large");
  return length;
}
