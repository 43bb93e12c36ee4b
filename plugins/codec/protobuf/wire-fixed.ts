/** Eight bytes to turn floating point numbers into bytes and back. */
const eight = new DataView(new ArrayBuffer(8));

/** Writes `fixed32` and `sfixed32`. */
export function writeFixed32(value: number, buffer: Buffer, at: number): number {
  buffer[at] = value & 255;
  buffer[at + 1] = (value >>> 8) & 255;
  buffer[at + 2] = (value >>> 16) & 255;
  buffer[at + 3] = value >>> 24;
  return at + 4;
}

/** Reads `sfixed32` from four bytes that are there; `>>> 0` makes it a `fixed32`. */
export function readSfixed32(buffer: Buffer, at: number): number {
  return buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24);
}

/** Writes a `float`. */
export function writeFloat(value: number, buffer: Buffer, at: number): number {
  eight.setFloat32(0, value, true);
  return writeFixed32(eight.getInt32(0, true), buffer, at);
}

/** Reads a `float` from four bytes that are there. */
export function readFloat(buffer: Buffer, at: number): number {
  eight.setInt32(0, readSfixed32(buffer, at), true);
  return eight.getFloat32(0, true);
}

/** Writes a `double`. */
export function writeDouble(value: number, buffer: Buffer, at: number): number {
  eight.setFloat64(0, value, true);
  writeFixed32(eight.getInt32(0, true), buffer, at);
  return writeFixed32(eight.getInt32(4, true), buffer, at + 4);
}

/** Reads a `double` from eight bytes that are there. */
export function readDouble(buffer: Buffer, at: number): number {
  eight.setInt32(0, readSfixed32(buffer, at), true);
  eight.setInt32(4, readSfixed32(buffer, at + 4), true);
  return eight.getFloat64(0, true);
}
