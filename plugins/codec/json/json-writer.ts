import type { BodyWriter, MessageKind, MessageType } from "../../../src/spi.js";
import { jsonText } from "./json-text.js";

/** `utf8Write` is `write` without the search for an encoding; every Buffer of Node has it. */
interface RawBuffer extends Buffer {
  utf8Write(text: string, offset: number): number;
}

/** Up to here room for any text of that length costs less than a look at the text. */
const guessLength = 256;
const newline = 10;

/** Prints a value when its room is asked for, and keeps the text until it is written. */
export class JsonWriter implements BodyWriter {
  #value: unknown;
  #text: string | undefined;

  constructor(
    private readonly kind: MessageKind,
    private readonly type: MessageType | undefined,
  ) {}

  room(value: unknown): number {
    const text = jsonText(this.kind, value, this.type);
    this.#value = value;
    this.#text = text;
    return (text.length > guessLength ? Buffer.byteLength(text) : text.length * 3) + 1;
  }

  write(value: unknown, buffer: Buffer, offset: number): number {
    const known = this.#value === value ? this.#text : undefined;
    this.#value = this.#text = undefined;
    const text = known ?? jsonText(this.kind, value, this.type);
    const end = offset + (buffer as RawBuffer).utf8Write(text, offset);
    buffer[end] = newline;
    return end + 1;
  }
}
