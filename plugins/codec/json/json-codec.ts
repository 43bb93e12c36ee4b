import {
  BadRequest,
  fromJsonValue,
  type BodyReader,
  type BodyWriter,
  type Codec,
  type CodecHeader,
  type MessageKind,
  type MessageType,
} from "../../../src/spi.js";
import { jsonText } from "./json-text.js";
import { JsonWriter } from "./json-writer.js";
import { parseJson } from "./parse-json.js";

/** A JSON text and a newline, no envelope. */
export class JsonCodec implements Codec {
  readonly name = "json";
  readonly contentTypes = ["application/json"];
  readonly schemaless = true;
  readonly enveloped = false;

  readHeader(): CodecHeader {
    return {};
  }

  readBody(bytes: Uint8Array, kind: MessageKind, type?: MessageType): unknown {
    const { buffer, byteOffset, byteLength } = bytes;
    return this.readerFor(kind, type)(Buffer.from(buffer, byteOffset, byteLength), 0, byteLength);
  }

  write(_header: CodecHeader, kind: MessageKind, value: unknown, type?: MessageType): Uint8Array {
    return Buffer.from(`${jsonText(kind, value, type)}\n`);
  }

  writerFor(kind: MessageKind, type?: MessageType): BodyWriter {
    return new JsonWriter(kind, type);
  }

  readerFor(kind: MessageKind, type?: MessageType): BodyReader {
    return (bytes, start, end) => {
      if (start === end) {
        if (kind !== "request")
          throw new BadRequest(`the ${kind} has no body`, { reason: "codec.malformed" });
        return type ? fromJsonValue(type, {}) : {};
      }
      const value = parseJson(bytes, start, end, type !== undefined);
      return type ? fromJsonValue(type, value) : value;
    };
  }

  async close(): Promise<void> {}
}
