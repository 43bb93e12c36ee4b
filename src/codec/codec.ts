import type { MessageType } from "./message-type.js";

/** What a body is for; envelopes differ. */
export type MessageKind = "request" | "response" | "event";

/** What an envelope says. Codecs without an envelope leave it empty. */
export interface CodecHeader {
  readonly id?: string;
  readonly endpoint?: string;
  readonly error?: string;
}

/** Writes values of one type straight into somebody's buffer. */
export interface BodyWriter {
  /**
   * Bytes that `write` may take for this value, at most.
   * @throws BadRequest `codec.unwritable` for values that the type cannot hold.
   */
  room(value: unknown): number;
  /**
   * Writes at `offset`, where at least `room(value)` bytes are free, and answers where the value ends.
   * The bytes are those of {@link Codec.write}. @throws as `room`.
   */
  write(value: unknown, buffer: Buffer, offset: number): number;
}

/**
 * Reads the value in `bytes` from `start` up to `end`; keeps nothing of the buffer. What it gives
 * and throws is what {@link Codec.readBody} would.
 */
export type BodyReader = (bytes: Buffer, start: number, end: number) => unknown;

/**
 * Turns values into bytes and back, for one or more content types. Stateless between messages:
 * one instance serves every connection of an app.
 */
export abstract class Codec {
  abstract readonly name: string;
  /** Content types it answers to, compared whole and in lower case. The first is its own name for itself. */
  abstract readonly contentTypes: readonly string[];
  /** True when it can write values of no declared type (JSON, msgpack); false when it needs a {@link MessageType}. */
  abstract readonly schemaless: boolean;
  /**
   * True when it wraps bodies in an envelope that can carry an error (json-rpc, proto-rpc). Then
   * `write` with a header's `error` writes the envelope and no value.
   */
  abstract readonly enveloped: boolean;
  /** Reads the envelope. @throws BadRequest `codec.malformed`. */
  abstract readHeader(bytes: Uint8Array, kind: MessageKind): CodecHeader;
  /**
   * Reads the value. An empty request body is the type's zero value (`{}` without a type).
   * @throws BadRequest `codec.malformed` for bytes that are not of this codec or type,
   *   UnsupportedMediaType `codec.no-type` when a type is needed and none is declared.
   */
  abstract readBody(bytes: Uint8Array, kind: MessageKind, type?: MessageType): unknown;
  /**
   * Writes envelope and value.
   * @throws BadRequest `codec.unwritable` for values that the type cannot hold,
   *   UnsupportedMediaType `codec.no-type` as above.
   */
  abstract write(
    header: CodecHeader,
    kind: MessageKind,
    value: unknown,
    type?: MessageType,
  ): Uint8Array;
  /** In-place writing for one type; undefined, or left out, where the codec has no such way. */
  writerFor?(kind: MessageKind, type?: MessageType): BodyWriter | undefined;
  /** In-place reading for one type; undefined, or left out, where the codec has no such way. */
  readerFor?(kind: MessageKind, type?: MessageType): BodyReader | undefined;
  abstract close(): Promise<void>;
}
