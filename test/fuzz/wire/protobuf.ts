/** A number in base 128. */
export function varint(value: bigint | number): Buffer {
  let left = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Buffer.of(...bytes, Number(left));
}

/** A field of wire type 0: a number. */
export const numberField = (field: number, value: bigint | number): Buffer =>
  Buffer.concat([varint(field * 8), varint(value)]);

/** A field of wire type 2: bytes behind their length. */
export const bytesField = (field: number, bytes: string | Buffer): Buffer => {
  const body = Buffer.from(bytes as string);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
};

/** A field of wire type 1: eight bytes. */
export const doubleField = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), bytes]);
};
