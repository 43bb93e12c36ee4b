import type { Chance } from "../chance.js";
import { edgeDecimals } from "./numbers.js";

const long = (bytes: number): Buffer => Buffer.alloc(bytes, "a");

/** Texts as bytes: bad UTF-8, control characters, names that mean something to JavaScript, and long ones. */
const texts: readonly Buffer[] = [
  ...["", " ", "\t", "\0", "\r", "\n", "\r\n", "a\r\nb: c", "a\nb", "\x7f", "é", "🙈", "\u2028"],
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then", "toJSON"],
  ...["%", "%zz", "%00", "%c0%af", "../..", "//", "/", ".", "..", "*", "?", "#", ":", ",", ";"],
  ...['"', "\\", "'", "{}", "[]", "null", "true", "undefined", "[object Object]", "$&", "{", "}"],
  ...["T.Echo", "T..Echo", ".Echo", "T.", "T", "T.Echo.More", "fuzz", "EOS", "unary", "gzip"],
  ...edgeDecimals,
].map((text) => Buffer.from(text));

const badUtf8: readonly Buffer[] = [
  [0xff, 0xfe],
  [0xc3],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0x80],
  [0xe2, 0x82],
  [0xef, 0xbb, 0xbf],
].map((bytes) => Buffer.from(bytes));

const longTexts: readonly Buffer[] = [255, 256, 1_025, 8_192, 16_500].map(long);

/** A text that no sender should send, as bytes. */
export function nastyText(chance: Chance): Buffer {
  if (chance.once(40)) return chance.of(longTexts);
  return chance.of(chance.once(5) ? badUtf8 : texts);
}
