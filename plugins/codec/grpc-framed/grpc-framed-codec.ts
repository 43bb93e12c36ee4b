import type { Codec, CodecHeader, MessageKind, MessageType } from "../../../src/spi.js";
import { frame, unframe } from "./grpc-frame.js";

const json = "application/json";

function contentTypesOf([bodyType = ""]: readonly string[]): readonly string[] {
  if (bodyType === "application/protobuf") return ["application/grpc", "application/grpc+proto"];
  return [`application/grpc+${bodyType.slice(bodyType.indexOf("/") + 1)}`];
}

/** A codec's messages in gRPC's frames. No envelope: what it would say is in the headers. */
export class GrpcFramedCodec implements Codec {
  readonly name: string;
  readonly contentTypes: readonly string[];
  readonly schemaless: boolean;
  readonly enveloped = false;
  readonly #isJson: boolean;

  constructor(
    private readonly body: Codec,
    private readonly maxBytes: number,
  ) {
    this.name = `grpc+${body.name}`;
    this.contentTypes = contentTypesOf(body.contentTypes);
    this.schemaless = body.schemaless;
    this.#isJson = body.contentTypes[0] === json;
  }

  readHeader(): CodecHeader {
    return {};
  }

  /** An empty request, which is how Go peers end a stream, has no frame and is the zero value. */
  readBody(bytes: Uint8Array, kind: MessageKind, type?: MessageType): unknown {
    const empty = bytes.byteLength === 0 && kind === "request";
    return this.body.readBody(empty ? bytes : unframe(bytes, this.maxBytes), kind, type);
  }

  write(_header: CodecHeader, kind: MessageKind, value: unknown, type?: MessageType): Uint8Array {
    return frame(this.body.write({}, kind, value, type), this.#isJson, this.maxBytes);
  }

  async close(): Promise<void> {
    await this.body.close();
  }
}
