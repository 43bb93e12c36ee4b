import {
  BadRequest,
  ContentTooLarge,
  decodeError,
  fromHeaderText,
  header,
  incomingMetadata,
  mediaType,
  ndjsonType,
  newMetadata,
  readErrorLine,
  readReplyTrailers,
  repliedMetadata,
  RpcError,
  rpcError,
  tlsFailure,
  toErrorCode,
  toHeaderText,
  toMetadata,
  Unavailable,
  UnsupportedMediaType,
  writeCallPath,
  writeTimeout,
  type Attempt,
  type Codec,
  type Codecs,
  type ErrorClasses,
  type MutableMetadata,
} from "../../../src/spi.js";

/** What the bytes of every call are made with. */
export interface WireParts {
  readonly codecs: Codecs;
  readonly errors: ErrorClasses;
  /** What the caller's service is called. */
  readonly from: string;
  /** Bytes of one reply, or of one line of a stream of them. */
  readonly maxMessageBytes: number;
  /** Whether TLS is spoken. */
  readonly tls: boolean;
}

/** The head of an answer. */
export interface AnswerHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const json = "application/json";

/** The bytes of one attempt: path and headers, values through one codec, and errors. */
export class HttpWire {
  readonly path: string;
  readonly #codec: Codec;
  readonly #contentType: string;

  /** @throws UnsupportedMediaType for a codec that nobody has, and for streams in another than JSON. */
  constructor(
    private readonly attempt: Attempt,
    private readonly parts: WireParts,
  ) {
    const { service, shape, kind, contentType = json } = attempt;
    this.path = writeCallPath(service, shape);
    this.#contentType = contentType;
    this.#codec = parts.codecs.get(contentType);
    if (this.#codec.enveloped || (kind !== "unary" && contentType !== json)) {
      throw new UnsupportedMediaType(
        `${kind} calls are not spoken in ${contentType} over plain HTTP; leave contentType out`,
        { id: "plugboard.client", reason: "server.content-type", retry: "never" },
      );
    }
  }

  headers(): Record<string, string> {
    const { attempt } = this;
    const texts = attempt.metadata ? toMetadata(attempt.metadata) : newMetadata();
    texts[header.fromService] ??= this.parts.from;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(incomingMetadata(texts)))
      headers[name] = toHeaderText(value);
    headers["content-type"] = this.#streamsRequests ? ndjsonType : this.#contentType;
    headers["accept"] = this.#streamsReplies ? `${ndjsonType}, ${json}` : this.#contentType;
    if (attempt.context.deadlineAt !== Infinity)
      headers[header.timeout] = writeTimeout(attempt.context.remainingMs());
    if (attempt.kind !== "unary") headers[header.shape] = attempt.kind;
    if (attempt.attempt > 1) headers[header.attempt] = String(attempt.attempt);
    return headers;
  }

  get #streamsRequests(): boolean {
    return this.attempt.kind === "client-stream" || this.attempt.kind === "bidi-stream";
  }

  get #streamsReplies(): boolean {
    return this.attempt.kind === "server-stream" || this.attempt.kind === "bidi-stream";
  }

  write(value: unknown): Uint8Array {
    const { endpoint, input } = this.attempt.shape;
    return this.#codec.write({ endpoint }, "request", value, input);
  }

  /** A reply. @throws Unavailable `client.bad-reply`. */
  read(bytes: Uint8Array): unknown {
    try {
      return this.#codec.readBody(bytes, "response", this.attempt.shape.output);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      throw this.#badReply(`cannot be read: ${error.detail}`, error);
    }
  }

  /** The error of a line that ends a stream of replies; undefined for a reply. */
  readError(line: Buffer): RpcError | undefined {
    return readErrorLine(line, this.attempt.service, this.parts.errors);
  }

  /** Has the caller hear what came before the replies. */
  hearHead({ headers }: AnswerHead): void {
    const texts = readTexts(headers);
    const said = repliedMetadata(texts);
    if (said) this.attempt.heard?.headers(said);
    const trailers = readReplyTrailers(texts);
    if (trailers) this.attempt.heard?.trailers(trailers);
  }

  /** Has the caller hear what came after them. */
  hearTrailers(trailers: AnswerHead["headers"]): void {
    const said = repliedMetadata(readTexts(trailers));
    if (said) this.attempt.heard?.trailers(said);
  }

  /** @throws Unavailable `client.bad-reply` for an answer that is not of the promised type. */
  checkType({ headers }: AnswerHead): void {
    const type = mediaType(String(headers["content-type"] ?? ""));
    const wanted = this.#streamsReplies ? ndjsonType : this.#contentType;
    if (type === wanted) return;
    throw this.#badReply(
      type === ndjsonType
        ? "is a stream; call the endpoint as one"
        : `is ${type || "of no type"}, not ${wanted}`,
    );
  }

  /** The error of an answer that is none of 200: what its JSON says, else what its status means. */
  error({ statusCode, headers }: AnswerHead, body: Buffer): RpcError {
    const { service, shape, node } = this.attempt;
    const text = body.toString("utf8").trim();
    if (mediaType(String(headers["content-type"] ?? "")) === json && saysError(text))
      return decodeError(text, service, this.parts.errors);
    return rpcError(
      statusCode === 504 ? 408 : toErrorCode(statusCode),
      `${service} ${shape.endpoint}: ${node.address} answered with status ${statusCode}`,
      { id: service, reason: "peer.error" },
    );
  }

  tooLarge(): ContentTooLarge {
    const { service, shape } = this.attempt;
    return new ContentTooLarge(
      `${service} ${shape.endpoint}: the reply is over the limit of ${this.parts.maxMessageBytes} bytes`,
      { id: "plugboard.client", reason: "transport.too-large", retry: "never" },
    );
  }

  /** What a call that failed comes to. */
  failure(error: unknown): unknown {
    const { service, shape, node, context } = this.attempt;
    if (context.scope.reason) return context.scope.reason;
    if (error instanceof RpcError) return error;
    // An alert after the handshake: TLS 1.3 has clients finish before servers look at their certificates.
    const failure = this.parts.tls && tlsFailure(node.address, error, "plugboard.client");
    if (failure) return failure;
    if (!(error instanceof Error)) return error;
    const { code } = error as { readonly code?: unknown };
    if (code === "UND_ERR_INVALID_ARG") {
      return new BadRequest(`${service} ${shape.endpoint} cannot be sent: ${error.message}`, {
        id: "plugboard.client",
        reason: "transport.bad-header",
        retry: "never",
        cause: error,
      });
    }
    if (error.name === "HTTPParserError" || code === "UND_ERR_HEADERS_OVERFLOW")
      return this.#badReply(`is no HTTP: ${error.message}`, error);
    return new Unavailable(
      `${service} ${shape.endpoint}: ${node.address} broke the call off: ${error.message}`,
      { id: "plugboard.client", reason: "transport.closed", cause: error },
    );
  }

  #badReply(what: string, cause?: unknown): Unavailable {
    const { service, shape, node } = this.attempt;
    return new Unavailable(`${service} ${shape.endpoint}: the reply of ${node.address} ${what}`, {
      id: "plugboard.client",
      reason: "client.bad-reply",
      retry: "never",
      cause,
    });
  }
}

function readTexts(headers: AnswerHead["headers"]): MutableMetadata {
  const texts = newMetadata();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) texts[name] = fromHeaderText([value].flat().join(", "));
  }
  return texts;
}

function saysError(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "code" in value;
  } catch {
    return false;
  }
}
