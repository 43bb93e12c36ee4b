import type { Codec, CodecHeader, MessageKind, MessageType } from "../../../src/spi.js";
import { joinBlocks, splitBlocks } from "./blocks.js";
import { parseEnvelope, printEnvelope } from "./proto-rpc-envelope.js";

const noBytes = new Uint8Array(0);

/** A codec's messages behind go-micro's envelope. Events go bare, as go-micro sends them. */
export class ProtoRpcCodec implements Codec {
  readonly name = "proto-rpc";
  readonly contentTypes = ["application/proto-rpc"];
  readonly schemaless: boolean;
  readonly enveloped = true;

  constructor(private readonly body: Codec) {
    this.schemaless = body.schemaless;
  }

  readHeader(bytes: Uint8Array, kind: MessageKind): CodecHeader {
    if (kind === "event" || bytes.byteLength === 0) return {};
    return parseEnvelope(splitBlocks(bytes)[0]);
  }

  readBody(bytes: Uint8Array, kind: MessageKind, type?: MessageType): unknown {
    if (kind === "event" || bytes.byteLength === 0) return this.body.readBody(bytes, kind, type);
    const [envelope, message] = splitBlocks(bytes);
    if (kind === "response" && parseEnvelope(envelope).error !== undefined) return undefined;
    return this.body.readBody(message, kind, type);
  }

  write(header: CodecHeader, kind: MessageKind, value: unknown, type?: MessageType): Uint8Array {
    const { id = "", endpoint, error } = header;
    if (kind === "response" && error !== undefined)
      return joinBlocks(printEnvelope({ id, error }), noBytes);
    const message = this.body.write({}, kind, value, type);
    if (kind === "event") return message;
    // go-micro leaves the endpoint out of responses.
    const sent = kind === "request" && endpoint !== undefined ? { id, endpoint } : { id };
    return joinBlocks(printEnvelope(sent), message);
  }

  async close(): Promise<void> {
    await this.body.close();
  }
}
