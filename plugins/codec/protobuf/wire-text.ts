import { isAscii, isUtf8 } from "node:buffer";
import { malformed } from "./malformed.js";
import type { RawBuffer } from "./raw-buffer.js";
import { shortText, shortTextLength } from "./short-text.js";
import { unfit } from "./unfit.js";
import { seal, widthOf, writeVarint } from "./wire-varint.js";

// Borders between ways to go, where they took the same time on Node 20.
const loopLength = 20;
const guessLength = 256;
const asciiLength = 8_192;

/** In every Node 20, and not yet in TypeScript's ES2023 library. */
interface WellFormed {
  isWellFormed(): boolean;
}

/** The long text whose room was asked for last, when it is ASCII: what `write` needs to know next. */
let lastAscii = "";

/**
 * Bytes that `writeText` takes at most: exact for long texts, three a character for others.
 * @throws Unfit for what is no text.
 */
export function roomOfText(value: unknown): number {
  if (typeof value !== "string") return unfit();
  if (value.length <= guessLength) return value.length * 3 + 5;
  const bytes = Buffer.byteLength(value);
  if (bytes === value.length) lastAscii = value;
  return bytes + 5;
}

function writeLong(text: string, buffer: Buffer, at: number): number {
  const width = widthOf(text.length); // right for ASCII, and mostly for other texts
  if (text === lastAscii) {
    lastAscii = ""; // keeps nothing
    const start = writeVarint(text.length, buffer, at);
    return start + (buffer as RawBuffer).latin1Write(text, start);
  }
  if (!(text as unknown as WellFormed).isWellFormed()) unfit();
  const start = at + width;
  return seal(buffer, at, width, start + (buffer as RawBuffer).utf8Write(text, start));
}

/** Writes length and UTF-8. @throws Unfit for half characters. */
export function writeText(text: string, buffer: Buffer, at: number): number {
  const { length } = text;
  if (length > loopLength) return writeLong(text, buffer, at);
  const start = at + 1;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return writeLong(text, buffer, at);
    buffer[start + index] = code;
  }
  buffer[at] = length;
  return start + length;
}

/** The text from `start` to `end`. @throws Malformed for what is not UTF-8. */
export function readText(buffer: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length <= shortTextLength) {
    const text = shortText(buffer, start, length);
    if (text !== undefined) return text;
  } else if (length > asciiLength && isAscii(buffer.subarray(start, end)))
    return (buffer as RawBuffer).latin1Slice(start, end);
  const text = (buffer as RawBuffer).utf8Slice(start, end);
  // What is not UTF-8 comes out as U+FFFD, which a text may also hold by itself.
  if (text.includes("\uFFFD") && !isUtf8(buffer.subarray(start, end)))
    malformed("a text is not UTF-8");
  return text;
}
