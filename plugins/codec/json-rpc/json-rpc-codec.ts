import type { Codec, CodecHeader, MessageKind, MessageType } from "../../../src/spi.js";
import {
  parseEnvelope,
  printRequest,
  printResponse,
  textMember,
  valueText,
} from "./json-rpc-envelope.js";

const noBytes = new Uint8Array(0);

/** Values of a JSON codec in JSON-RPC 1.0 objects. Events go bare, as go-micro sends them. */
export class JsonRpcCodec implements Codec {
  readonly name = "json-rpc";
  readonly contentTypes = ["application/json-rpc"];
  readonly schemaless: boolean;
  readonly enveloped = true;

  constructor(private readonly body: Codec) {
    this.schemaless = body.schemaless;
  }

  readHeader(bytes: Uint8Array, kind: MessageKind): CodecHeader {
    if (kind === "event" || bytes.byteLength === 0) return {};
    const envelope = parseEnvelope(bytes);
    const id = textMember(envelope, "id");
    const endpoint = kind === "request" ? textMember(envelope, "method") : undefined;
    const error = textMember(envelope, "error");
    return {
      ...(id !== undefined && { id }),
      ...(endpoint !== undefined && { endpoint }),
      ...(error !== undefined && { error }),
    };
  }

  readBody(bytes: Uint8Array, kind: MessageKind, type?: MessageType): unknown {
    if (kind === "event" || bytes.byteLength === 0) return this.body.readBody(bytes, kind, type);
    const envelope = parseEnvelope(bytes);
    if (kind === "response" && textMember(envelope, "error") !== undefined) return undefined;
    const value = valueText(envelope, kind);
    return this.body.readBody(value === undefined ? noBytes : Buffer.from(value), kind, type);
  }

  write(header: CodecHeader, kind: MessageKind, value: unknown, type?: MessageType): Uint8Array {
    const { id = "", endpoint = "", error } = header;
    if (kind === "response" && error !== undefined)
      return Buffer.from(printResponse(id, "", error));
    const written = this.body.write({}, kind, value, type);
    if (kind === "event") return written;
    const text = Buffer.from(written).toString().trimEnd();
    const printed =
      kind === "request" ? printRequest(endpoint, id, text) : printResponse(id, text, undefined);
    return Buffer.from(printed);
  }

  async close(): Promise<void> {
    await this.body.close();
  }
}
