import type { Chance } from "../chance.js";

/** A number with a prefix of `bits` bits (RFC 7541, section 5.1). */
export function hpackNumber(value: number, bits: number, first: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.of(first | value);
  const bytes = [first | most];
  let left = value - most;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Buffer.of(...bytes, left);
}

const hpackText = (text: Buffer): Buffer => Buffer.concat([hpackNumber(text.length, 7, 0), text]);

/** A field as a literal with a new name, not put into the table. */
export const hpackField = (name: string | Buffer, value: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.of(0),
    hpackText(Buffer.from(name as string)),
    hpackText(Buffer.from(value as string)),
  ]);

/** A block of fields, each a plain literal. */
export const hpackBlock = (
  fields: readonly (readonly [string | Buffer, string | Buffer])[],
): Buffer => Buffer.concat(fields.map(([name, value]) => hpackField(name, value)));

/** What no encoder writes, or none should: indices that do not exist, sizes of the table, long numbers. */
export function hpackNoise(chance: Chance): Buffer {
  switch (chance.below(7)) {
    case 0:
      return hpackNumber(chance.of([0, 1, 2, 8, 61, 62, 63, 100, 4_096, 2 ** 31]), 7, 0x80);
    case 1:
      return hpackNumber(chance.of([0, 1, 4_095, 4_096, 4_097, 65_536, 2 ** 32 - 1]), 5, 0x20);
    case 2:
      return Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    case 3: // indexed name, literal value, into the table
      return Buffer.concat([
        hpackNumber(chance.below(70), 6, 0x40),
        hpackText(Buffer.alloc(chance.of([0, 10, 4_000]), "v")),
      ]);
    case 4: // a text that says it is of Huffman's code
      return Buffer.concat([
        Buffer.of(0),
        hpackNumber(3, 7, 0x80),
        Buffer.of(0xff, 0xff, chance.below(256)),
        hpackText(Buffer.from("x")),
      ]);
    case 5: // never indexed
      return Buffer.concat([
        Buffer.of(0x10),
        hpackText(Buffer.from("x-never")),
        hpackText(Buffer.from("1")),
      ]);
    default: // longer than what follows
      return Buffer.concat([
        Buffer.of(0),
        hpackNumber(chance.of([100, 70_000, 2 ** 30]), 7, 0),
        Buffer.from("x"),
      ]);
  }
}
