import type { MessageType } from "./message-type.js";

/** What a body is for; envelopes differ. */
export type MessageKind = "request" | "response" | "event";

/** What an envelope says. Codecs without an envelope leave it empty. */
export interface CodecHeader {
  readonly id?: string;
  readonly endpoint?: string;
  readonly error?: string;
}

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
  abstract close(): Promise<void>;
}
