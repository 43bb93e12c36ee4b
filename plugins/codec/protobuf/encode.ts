import type { BodyWriter } from "../../../src/spi.js";

/** Up to here copying byte by byte is faster than making a view. */
const short = 40;
/** Buffers below half of Node's pool are cut from it: nothing of them is lost. */
const pooled = 4_096;

/** Where short messages are written first; undefined while somebody writes there. */
let draft: Buffer | undefined = Buffer.allocUnsafeSlow(512);

function encodeShort(writer: BodyWriter, value: unknown, page: Buffer): Buffer {
  draft = undefined; // a getter of the value may encode another one
  try {
    const end = writer.write(value, page, 0);
    const bytes = Buffer.allocUnsafe(end);
    if (end > short) bytes.set(page.subarray(0, end));
    else for (let index = 0; index < end; index++) bytes[index] = page[index]!;
    return bytes;
  } finally {
    draft = page;
  }
}

/** A value's bytes in a buffer of their own. @throws as `writer`. */
export function encode(writer: BodyWriter, value: unknown): Buffer {
  const room = writer.room(value);
  if (draft && room <= draft.length) return encodeShort(writer, value, draft);
  const bytes = Buffer.allocUnsafe(room);
  const end = writer.write(value, bytes, 0);
  const whole = bytes.subarray(0, end);
  // Room is the most that the value may take: a large buffer that is mostly free is not kept.
  return room > pooled && end * 2 < room ? Buffer.from(whole) : whole;
}
