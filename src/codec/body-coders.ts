import type { BodyReader, BodyWriter, Codec, CodecHeader, MessageKind } from "./codec.js";
import type { MessageType } from "./message-type.js";

/** The codec's own in-place writer, or one that copies what `write` gives. */
export function bodyWriter(
  codec: Codec,
  header: CodecHeader,
  kind: MessageKind,
  type: MessageType | undefined,
): BodyWriter {
  return codec.writerFor?.(kind, type) ?? new CopyingWriter(codec, header, kind, type);
}

/** The codec's own in-place reader, or one by `readBody`. */
export function bodyReader(
  codec: Codec,
  kind: MessageKind,
  type: MessageType | undefined,
): BodyReader {
  return (
    codec.readerFor?.(kind, type) ??
    ((bytes, start, end) => codec.readBody(bytes.subarray(start, end), kind, type))
  );
}

/** Writes when asked for the room, and keeps the bytes until they are wanted. */
class CopyingWriter implements BodyWriter {
  #value: unknown;
  #bytes: Uint8Array | undefined;

  constructor(
    private readonly codec: Codec,
    private readonly header: CodecHeader,
    private readonly kind: MessageKind,
    private readonly type: MessageType | undefined,
  ) {}

  room(value: unknown): number {
    this.#bytes = this.codec.write(this.header, this.kind, value, this.type);
    this.#value = value;
    return this.#bytes.length;
  }

  write(value: unknown, buffer: Buffer, offset: number): number {
    const bytes =
      this.#value === value && this.#bytes
        ? this.#bytes
        : this.codec.write(this.header, this.kind, value, this.type);
    this.#value = this.#bytes = undefined;
    buffer.set(bytes, offset);
    return offset + bytes.length;
  }
}
