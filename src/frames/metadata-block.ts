import type { Metadata, MutableMetadata } from "../base/metadata.js";
import { malformed, readU16, writeU16 } from "./protocol.js";

/** Most bytes of one name, which its length byte can tell. */
const maxName = 255;
/** Most bytes of one value, which its length can tell. */
const maxValue = 65_535;

/** Bytes that {@link writeMetadata} may take, at most. */
export function metadataRoom(metadata: Metadata): number {
  let room = 2;
  for (const name in metadata) room += 3 + 3 * (name.length + metadata[name]!.length);
  return room;
}

/**
 * Lays names and values at `at`: count (2), then for each the name's length (1) and text, the value's
 * length (2) and text; `known` is left out. Answers where they end. @throws BadRequest for one that is too long.
 */
export function writeMetadata(
  metadata: Metadata,
  bytes: Buffer,
  at: number,
  known?: { readonly name: string; readonly value: string },
): number {
  let count = 0;
  let end = at + 2;
  for (const name in metadata) {
    if (name === known?.name && metadata[name] === known.value) continue;
    count++;
    const nameEnd = writeText(bytes, end + 1, name);
    if (nameEnd - end - 1 > maxName)
      throw malformed(`the metadata name ${name.slice(0, 50)}... is over ${maxName} bytes`);
    bytes[end] = nameEnd - end - 1;
    const valueEnd = writeText(bytes, nameEnd + 2, metadata[name]!);
    if (valueEnd - nameEnd - 2 > maxValue)
      throw malformed(`the value of metadata ${name} is over ${maxValue} bytes`);
    writeU16(bytes, nameEnd, valueEnd - nameEnd - 2);
    end = valueEnd;
  }
  if (count > maxValue) throw malformed(`${count} names of metadata`);
  writeU16(bytes, at, count);
  return end;
}

/** Entries whose texts are remembered; later ones are read anew each time. */
const mostRemembered = 16;

/**
 * Reads what {@link writeMetadata} laid. Calls of one connection mostly say the same in the same
 * order, so the texts of the last block are compared with the bytes before new ones are made.
 */
export class MetadataReader {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  readonly #passes: boolean[] = [];

  /** `passes` tells which names are taken. */
  constructor(private readonly passes: (name: string) => boolean) {}

  /** @throws BadRequest `frames.malformed`. */
  read(bytes: Buffer, start: number, end: number, into: MutableMetadata): void {
    if (end - start < 2) throw cutOff();
    const count = readU16(bytes, start);
    let at = start + 2;
    for (let index = 0; index < count; index++) {
      const nameEnd = at + 1 + (bytes[at] ?? 0);
      const valueStart = nameEnd + 2;
      if (valueStart > end) throw cutOff();
      const valueEnd = valueStart + readU16(bytes, nameEnd);
      if (valueEnd > end) throw cutOff();
      const remembered = index < mostRemembered;
      let name = remembered ? this.#names[index] : undefined;
      let passes = remembered && this.#passes[index];
      if (name === undefined || !isText(name, bytes, at + 1, nameEnd)) {
        name = readText(bytes, at + 1, nameEnd);
        passes = this.passes(name);
        if (remembered) {
          this.#names[index] = name;
          this.#passes[index] = passes;
        }
      }
      if (passes) {
        let value = remembered ? this.#values[index] : undefined;
        if (value === undefined || !isText(value, bytes, valueStart, valueEnd)) {
          value = readText(bytes, valueStart, valueEnd);
          if (remembered && value.length <= longestRemembered) this.#values[index] = value;
        }
        into[name] = value;
      }
      at = valueEnd;
    }
    if (at !== end) throw malformed("metadata is longer than it says");
  }
}

/** Characters of a value that is remembered. */
const longestRemembered = 64;

const cutOff = (): Error => malformed("metadata is cut off");

/** Whether the bytes are that text; false for one that is not ASCII, which is read anew. */
function isText(text: string, bytes: Buffer, start: number, end: number): boolean {
  const { length } = text;
  if (end - start !== length) return false;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code !== bytes[start + index] || code > 127) return false;
  }
  return true;
}

/** Short texts are mostly ASCII, and cheaper to copy here than by a call into the platform. */
const shortText = 24;

function writeText(bytes: Buffer, at: number, text: string): number {
  const { length } = text;
  if (length > shortText) return at + bytes.write(text, at);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return at + bytes.write(text, at);
    bytes[at + index] = code;
  }
  return at + length;
}

function readText(bytes: Buffer, start: number, end: number): string {
  if (end - start > shortText) return bytes.toString("utf8", start, end);
  let text = "";
  for (let at = start; at < end; at++) {
    const code = bytes[at]!;
    if (code > 127) return bytes.toString("utf8", start, end);
    text += String.fromCharCode(code);
  }
  return text;
}
