import {
  BadRequest,
  fromJsonValue,
  toJsonValue,
  type Codec,
  type CodecHeader,
  type MessageKind,
  type MessageType,
} from "../../../src/spi.js";
import { parseJson } from "./parse-json.js";
import { printJson } from "./print-json.js";

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
    if (bytes.byteLength === 0) {
      if (kind !== "request")
        throw new BadRequest(`the ${kind} has no body`, { reason: "codec.malformed" });
      return type ? fromJsonValue(type, {}) : {};
    }
    return type ? fromJsonValue(type, parseJson(bytes, true)) : parseJson(bytes, false);
  }

  /** Never empty: nothing is `{}` in a request and `null` elsewhere, which Go peers can read. */
  write(_header: CodecHeader, kind: MessageKind, value: unknown, type?: MessageType): Uint8Array {
    if (type) return Buffer.from(`${JSON.stringify(toJsonValue(type, value))}\n`);
    if (value === undefined) return Buffer.from(kind === "request" ? "{}\n" : "null\n");
    return Buffer.from(`${printJson(value)}\n`);
  }

  async close(): Promise<void> {}
}
