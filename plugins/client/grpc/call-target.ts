import {
  bodyWriter,
  toGrpcType,
  writeGrpcPath,
  type Attempt,
  type BodyWriter,
  type Codec,
  type Codecs,
  type EndpointShape,
  type ServiceNode,
} from "../../../src/spi.js";

/** What all calls of an endpoint in one content type have in common. */
export class CallTarget {
  readonly codec: Codec;
  readonly writer: BodyWriter;
  /** The content type as gRPC says it. */
  readonly grpcType: string;
  readonly #goMicroPath: string;
  readonly #protoPath: string;

  constructor(
    readonly service: string,
    readonly shape: EndpointShape,
    readonly contentType: string,
    codecs: Codecs,
  ) {
    const { endpoint, input, path } = shape;
    this.codec = codecs.get(contentType);
    this.writer = bodyWriter(this.codec, { endpoint }, "request", input);
    this.grpcType = toGrpcType(contentType);
    this.#goMicroPath = writeGrpcPath(service, shape);
    this.#protoPath = path ?? this.#goMicroPath;
  }

  /** go-micro's servers and ours find an endpoint by the service's name; of others the contract knows. */
  pathAt({ metadata }: ServiceNode): string {
    return metadata["server"] === undefined ? this.#protoPath : this.#goMicroPath;
  }
}

/** Content types remembered for one endpoint; callers choose them. */
const mostRemembered = 16;

/** The targets of a client's calls. */
export class CallTargets {
  readonly #known = new WeakMap<EndpointShape, CallTarget[]>();

  constructor(private readonly codecs: Codecs) {}

  /** @throws UnsupportedMediaType for a content type that no codec has. */
  of({ service, shape, contentType }: Attempt): CallTarget {
    const type = contentType ?? (shape.input ? "application/protobuf" : "application/json");
    let known = this.#known.get(shape);
    if (!known || known.length >= mostRemembered) this.#known.set(shape, (known = []));
    for (const target of known)
      if (target.contentType === type && target.service === service) return target;
    const target = new CallTarget(service, shape, type, this.codecs);
    known.push(target);
    return target;
  }
}
