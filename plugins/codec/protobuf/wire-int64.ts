import { cursor } from "./cursor.js";
import { cutShort, malformed } from "./malformed.js";
import { writeVarint, writeVarint64 } from "./wire-varint.js";

/** Eight bytes to take bigints apart and put them together. */
const eight = new DataView(new ArrayBuffer(8));
const twoTo32 = 4_294_967_296;

/** Sets `eight` to a whole number: a bigint of 64 bits or a safe integer. */
function take(value: number | bigint): void {
  if (typeof value === "bigint") eight.setBigInt64(0, value, true);
  else {
    eight.setUint32(0, value >>> 0, true);
    eight.setUint32(4, Math.floor(value / twoTo32) >>> 0, true);
  }
}

/** Writes `int64` and `uint64`. */
export function writeInt64(value: number | bigint, buffer: Buffer, at: number): number {
  if (typeof value === "number" && value >= 0 && value < twoTo32)
    return writeVarint(value, buffer, at);
  take(value);
  return writeVarint64(eight.getUint32(0, true), eight.getUint32(4, true), buffer, at);
}

/** Writes `sint64`: small ones are short on both sides of zero. */
export function writeSint64(value: number | bigint, buffer: Buffer, at: number): number {
  take(value);
  const low = eight.getInt32(0, true);
  const high = eight.getInt32(4, true);
  const sign = high >> 31;
  const above = ((high << 1) | (low >>> 31)) ^ sign;
  return writeVarint64(((low << 1) ^ sign) >>> 0, above >>> 0, buffer, at);
}

/** Writes `fixed64` and `sfixed64`. */
export function writeFixed64(value: number | bigint, buffer: Buffer, at: number): number {
  take(value);
  for (let index = 0; index < 8; index++) buffer[at + index] = eight.getUint8(index);
  return at + 8;
}

/** Sets `eight` to the number at `at` and moves {@link cursor} behind it. */
function fetch(buffer: Buffer, at: number, end: number): void {
  let low = 0;
  let high = 0;
  for (let index = 0; index < 10; index++) {
    if (at + index >= end) cutShort();
    const byte = buffer[at + index]!;
    const bits = byte & 127;
    if (index < 5) low |= bits << (7 * index);
    if (index === 4) high = bits >> 4;
    if (index > 4) high |= bits << (7 * index - 32);
    if (byte > 127) continue;
    eight.setInt32(0, low, true);
    eight.setInt32(4, high, true);
    cursor.at = at + index + 1;
    return;
  }
  malformed("a number has more than 10 bytes");
}

/** Reads `int64`. Moves {@link cursor}. */
export function readInt64(buffer: Buffer, at: number, end: number): bigint {
  fetch(buffer, at, end);
  return eight.getBigInt64(0, true);
}

/** Reads `uint64`. Moves {@link cursor}. */
export function readUint64(buffer: Buffer, at: number, end: number): bigint {
  fetch(buffer, at, end);
  return eight.getBigUint64(0, true);
}

/** Reads `sint64`. Moves {@link cursor}. */
export function readSint64(buffer: Buffer, at: number, end: number): bigint {
  fetch(buffer, at, end);
  const low = eight.getUint32(0, true);
  const high = eight.getUint32(4, true);
  const sign = -(low & 1);
  eight.setInt32(0, ((low >>> 1) | (high << 31)) ^ sign, true);
  eight.setInt32(4, (high >>> 1) ^ sign, true);
  return eight.getBigInt64(0, true);
}

function load(buffer: Buffer, at: number): void {
  for (let index = 0; index < 8; index++) eight.setUint8(index, buffer[at + index]!);
}

/** Reads `sfixed64` from eight bytes that are there. */
export function readSfixed64(buffer: Buffer, at: number): bigint {
  load(buffer, at);
  return eight.getBigInt64(0, true);
}

/** Reads `fixed64` from eight bytes that are there. */
export function readFixed64(buffer: Buffer, at: number): bigint {
  load(buffer, at);
  return eight.getBigUint64(0, true);
}
