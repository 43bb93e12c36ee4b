import {
  BadRequest,
  InternalServerError,
  writeGrpcPath,
  type Attempt,
  type Codec,
  type Codecs,
} from "../../../src/spi.js";

/** Path and content type of one attempt, and its values through one codec. */
export class CallValues {
  readonly path: string;
  readonly contentType: string;
  readonly #codec: Codec;

  constructor(
    protected readonly attempt: Attempt,
    codecs: Codecs,
  ) {
    const { shape, node, service, contentType } = attempt;
    this.contentType = contentType ?? (shape.input ? "application/protobuf" : "application/json");
    this.#codec = codecs.get(this.contentType);
    // go-micro's servers and ours find an endpoint by the service's name; of others the contract knows.
    const native = node.metadata["server"] === undefined ? shape.path : undefined;
    this.path = native ?? writeGrpcPath(service, shape);
  }

  write(value: unknown): Buffer {
    const { endpoint, input } = this.attempt.shape;
    const bytes = this.#codec.write({ endpoint }, "request", value, input);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(bytes: Buffer): unknown {
    const { service, shape, node } = this.attempt;
    try {
      return this.#codec.readBody(bytes, "response", shape.output);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      throw new InternalServerError(
        `${service} ${shape.endpoint}: the reply of ${node.address} cannot be read: ${error.detail}`,
        { id: "plugboard.client", reason: "client.bad-reply", retry: "never", cause: error },
      );
    }
  }
}
