import {
  UnsupportedMediaType,
  type Codec,
  type CodecHeader,
  type MessageKind,
  type MessageType,
} from "../../../src/spi.js";

const refuse = (detail: string): never => {
  throw new UnsupportedMediaType(detail, { reason: "codec.bytes-only" });
};

/** The value is the body. Nothing at all is no bytes; anything but bytes is refused. */
export class OctetStreamCodec implements Codec {
  readonly name = "octet-stream";
  readonly contentTypes = ["application/octet-stream"];
  readonly schemaless = true;
  readonly enveloped = false;

  readHeader(): CodecHeader {
    return {};
  }

  /** A copy: the body belongs to the caller. */
  readBody(bytes: Uint8Array, _kind: MessageKind, type?: MessageType): unknown {
    if (type) refuse(`octet-stream carries bytes, not ${type.name}`);
    return new Uint8Array(bytes);
  }

  write(_header: CodecHeader, _kind: MessageKind, value: unknown, type?: MessageType): Uint8Array {
    if (type) refuse(`octet-stream carries bytes, not ${type.name}`);
    if (value === undefined) return new Uint8Array(0);
    return value instanceof Uint8Array
      ? new Uint8Array(value)
      : refuse("octet-stream carries a Uint8Array and nothing else");
  }

  async close(): Promise<void> {}
}
