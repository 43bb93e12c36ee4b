import { cursor } from "./cursor.js";
import { cutShort, malformed } from "./malformed.js";
import { readLength, readTag } from "./wire-varint.js";

/** Messages inside messages, at most: the limit of protobuf's own readers. */
export const maxDepth = 100;

/** @throws Malformed for what is nested deeper than messages may be. */
export const tooDeep = (): never => malformed(`nested deeper than ${maxDepth} messages`);

/**
 * Where the value of an unknown field, or of one that came with another wire type, ends. `at` is
 * behind the tag.
 */
export function skip(buffer: Buffer, at: number, end: number, tag: number, depth: number): number {
  if (depth > maxDepth) tooDeep();
  const number = tag >>> 3;
  if (number === 0) malformed("a field has the number 0");
  let to = at;
  switch (tag & 7) {
    case 0:
      for (; to < end; to++) if (buffer[to]! < 128) return to + 1;
      return cutShort();
    case 1:
      to += 8;
      break;
    case 2: {
      const length = readLength(buffer, at, end);
      to = cursor.at + length;
      break;
    }
    case 3:
      for (;;) {
        const inner = readTag(buffer, to, end);
        if ((inner & 7) === 4) {
          if (inner >>> 3 !== number) malformed("a group ends that did not begin");
          return cursor.at;
        }
        to = skip(buffer, cursor.at, end, inner, depth + 1);
      }
    case 5:
      to += 4;
      break;
    default:
      malformed(`a field has the wire type ${tag & 7}`);
  }
  return to > end ? cutShort() : to;
}
