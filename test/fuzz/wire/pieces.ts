import type { Chance } from "../chance.js";

/** Bytes as they are written: mostly at once, at times in pieces, down to single bytes. */
export function inPieces(bytes: Buffer, chance: Chance): Buffer[] {
  if (bytes.length < 2 || !chance.once(4)) return [bytes];
  const pieces: Buffer[] = [];
  const most = chance.of([1, 3, 16, 200]);
  let at = 0;
  while (at < bytes.length && pieces.length < 12) {
    const end = at + 1 + chance.below(most);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  if (at < bytes.length) pieces.push(bytes.subarray(at));
  return pieces;
}
