import { BadRequest } from "../../../src/spi.js";

/**
 * The two length-prefixed blocks of a body.
 * @throws BadRequest `codec.malformed` unless they fill the body exactly.
 */
export function splitBlocks(bytes: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  const next = (): Uint8Array => {
    const end = start + 4 <= bytes.byteLength ? start + 4 + view.getUint32(start) : Infinity;
    if (end > bytes.byteLength)
      throw new BadRequest("a proto-rpc block is cut short", { reason: "codec.malformed" });
    const block = bytes.subarray(start + 4, end);
    start = end;
    return block;
  };
  const blocks = [next(), next()] as const;
  if (start !== bytes.byteLength)
    throw new BadRequest("proto-rpc has two blocks, not more", { reason: "codec.malformed" });
  return blocks;
}

/** A body of two length-prefixed blocks. */
export function joinBlocks(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + first.byteLength + second.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, first.byteLength);
  bytes.set(first, 4);
  view.setUint32(4 + first.byteLength, second.byteLength);
  bytes.set(second, 8 + first.byteLength);
  return bytes;
}
