import {
  UnsupportedMediaType,
  type BodyReader,
  type BodyWriter,
  type Codec,
  type CodecHeader,
  type MessageKind,
  type MessageType,
} from "../../../src/spi.js";
import { encode } from "./encode.js";
import { MessageCoder } from "./message-coder.js";
import { MessageCodes } from "./message-codes.js";

/** The bare message, no envelope. A message type is compiled when it is first seen. */
export class ProtobufCodec implements Codec {
  readonly name = "protobuf";
  readonly contentTypes = ["application/protobuf", "application/proto"];
  readonly schemaless = false;
  readonly enveloped = false;
  readonly #codes = new MessageCodes();
  readonly #coders = new WeakMap<MessageType, MessageCoder>();

  readHeader(): CodecHeader {
    return {};
  }

  readBody(bytes: Uint8Array, kind: MessageKind, type?: MessageType): unknown {
    return this.#coder(kind, type).decode(bytes);
  }

  write(_header: CodecHeader, kind: MessageKind, value: unknown, type?: MessageType): Uint8Array {
    return encode(this.#coder(kind, type), value);
  }

  /** Undefined without a type: then `write` says why not. */
  writerFor(kind: MessageKind, type?: MessageType): BodyWriter | undefined {
    return type && this.#coder(kind, type);
  }

  readerFor(kind: MessageKind, type?: MessageType): BodyReader | undefined {
    return type && this.#coder(kind, type).read;
  }

  async close(): Promise<void> {}

  #coder(kind: MessageKind, type: MessageType | undefined): MessageCoder {
    if (!type)
      throw new UnsupportedMediaType(
        `protobuf needs a message type, and this ${kind} declares none`,
        {
          reason: "codec.no-type",
        },
      );
    let coder = this.#coders.get(type);
    if (!coder) {
      coder = new MessageCoder(type, this.#codes);
      this.#coders.set(type, coder);
    }
    return coder;
  }
}
