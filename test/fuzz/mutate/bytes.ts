import type { Chance } from "../chance.js";
import { edgeNumbers } from "./numbers.js";
import { nastyText } from "./texts.js";

type Change = (bytes: Buffer, chance: Chance) => Buffer;

const without = (bytes: Buffer, from: number, to: number): Buffer =>
  Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
const withMore = (bytes: Buffer, at: number, more: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);

/** Part of `bytes`: at most 64 of them, from somewhere. */
function slice(bytes: Buffer, chance: Chance): Buffer {
  const from = chance.below(bytes.length);
  return bytes.subarray(from, from + 1 + chance.below(64));
}

const changes: readonly Change[] = [
  function flipBit(bytes, chance) {
    bytes[chance.below(bytes.length)]! ^= 1 << chance.below(8);
    return bytes;
  },
  function setByte(bytes, chance) {
    bytes[chance.below(bytes.length)] = chance.of([0, 1, 9, 10, 13, 32, 58, 127, 128, 192, 255]);
    return bytes;
  },
  function randomByte(bytes, chance) {
    bytes[chance.below(bytes.length)] = chance.below(256);
    return bytes;
  },
  function insert(bytes, chance) {
    const more = Buffer.alloc(1 + chance.below(4), chance.below(256));
    return withMore(bytes, chance.below(bytes.length + 1), more);
  },
  function insertText(bytes, chance) {
    return withMore(bytes, chance.below(bytes.length + 1), nastyText(chance));
  },
  function cutOut(bytes, chance) {
    const from = chance.below(bytes.length);
    return without(bytes, from, from + 1 + chance.below(8));
  },
  function truncate(bytes, chance) {
    return bytes.subarray(0, chance.below(bytes.length));
  },
  function repeat(bytes, chance) {
    return withMore(bytes, chance.below(bytes.length + 1), slice(bytes, chance));
  },
  function number16(bytes, chance) {
    if (bytes.length >= 2)
      bytes.writeUInt16BE(chance.of(edgeNumbers) & 0xffff, chance.below(bytes.length - 1));
    return bytes;
  },
  function number32(bytes, chance) {
    if (bytes.length >= 4)
      bytes.writeUInt32BE(chance.of(edgeNumbers), chance.below(bytes.length - 3));
    return bytes;
  },
];

/** A copy of `bytes` with `faults` faults in it that know nothing of what the bytes mean. */
export function mutateBytes(bytes: Uint8Array, chance: Chance, faults = 1): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let fault = 0; fault < faults && changed.length > 0; fault++)
    changed = chance.of(changes)(changed, chance);
  return changed;
}

/** The beginning of one and the end of another. */
export function splice(one: Buffer, other: Buffer, chance: Chance): Buffer {
  const head = one.subarray(0, chance.below(one.length + 1));
  return Buffer.concat([head, other.subarray(chance.below(other.length + 1))]);
}
