import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import {
  ContentTooLarge,
  fromStatus,
  fromWireMetadata,
  grpcStatus,
  header,
  InternalServerError,
  NotImplemented,
  repliedMetadata,
  Timeout,
  toGrpcType,
  toMetadata,
  toWireMetadata,
  Unavailable,
  writeGrpcTimeout,
  type Attempt,
  type Codecs,
  type ErrorClasses,
  type MutableMetadata,
  type RpcError,
} from "../../../../src/spi.js";
import { CallValues } from "../call-values.js";

/** What the bytes of every call are made with. */
export interface Http2WireParts {
  readonly codecs: Codecs;
  readonly errors: ErrorClasses;
  /** What the caller's service is called. */
  readonly from: string;
  /** Bytes of one reply. */
  readonly maxMessageBytes: number;
  /** How requests go. */
  readonly compression: "identity" | "gzip";
}

const okStatus = 200;

/** gRPC's codes for streams that are reset by a peer that says more than that it has gone. */
const codeOfReset: Readonly<Record<number, number>> = {
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: grpcStatus.resourceExhausted,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: grpcStatus.permissionDenied,
};

/** Milliseconds before its deadline in which a call that a server cuts off counts as late: both have a clock. */
const sameMomentMs = 10;

/** Nanoseconds of a millisecond. */
const nanoseconds = 1_000_000;

/** The headers and errors of one attempt over node:http2. */
export class Http2Wire extends CallValues {
  constructor(
    attempt: Attempt,
    private readonly parts: Http2WireParts,
  ) {
    super(attempt, parts.codecs);
  }

  requestHeaders(): OutgoingHttpHeaders {
    const { attempt, contentType, parts } = this;
    const { context, metadata } = attempt;
    const headers: OutgoingHttpHeaders = {
      ":method": "POST",
      ":path": this.path,
      "content-type": toGrpcType(contentType),
      te: "trailers",
      "grpc-accept-encoding": "identity,deflate,gzip",
      "x-content-type": contentType,
    };
    if (parts.compression === "gzip") headers["grpc-encoding"] = "gzip";
    if (metadata) this.#addMetadata(headers, metadata);
    else headers[header.fromService] = parts.from;
    if (context.deadlineAt !== Infinity) {
      const ms = context.remainingMs();
      headers["grpc-timeout"] = writeGrpcTimeout(ms);
      headers[header.timeout] = String(Math.max(1, Math.round(ms * nanoseconds)));
    }
    if (attempt.kind !== "unary") headers[header.shape] = attempt.kind;
    if (attempt.attempt > 1) headers[header.attempt] = String(attempt.attempt);
    return headers;
  }

  #addMetadata(headers: OutgoingHttpHeaders, metadata: MutableMetadata): void {
    const texts = toMetadata(metadata);
    texts[header.fromService] ??= this.parts.from;
    for (const [name, value] of toWireMetadata(texts)) {
      const text = typeof value === "string" ? value : value.toString("base64").replace(/=+$/, "");
      const before = headers[name];
      headers[name] = before === undefined ? text : `${String(before)},${text}`;
    }
  }

  /** Has the caller hear the headers that came before the replies. */
  hearHeaders(headers: IncomingHttpHeaders): void {
    const { heard } = this.attempt;
    if (!heard) return;
    const metadata = readMetadata(headers);
    if (metadata) heard.headers(metadata);
  }

  /** The same for what came after them. */
  hearTrailers(trailers: IncomingHttpHeaders): void {
    const { heard } = this.attempt;
    if (!heard) return;
    const metadata = readMetadata(trailers);
    if (metadata) heard.trailers(metadata);
  }

  /** Why an answer that begins with these headers is none of gRPC's; undefined when it is. */
  headError(headers: IncomingHttpHeaders): RpcError | undefined {
    const status = Number(headers[":status"]);
    if (status !== okStatus) return this.#httpError(status);
    const type = headers["content-type"] ?? "";
    if (type.startsWith("application/grpc")) return undefined;
    return this.#error(grpcStatus.unknown, `the answer is ${JSON.stringify(type)}, not gRPC`);
  }

  /** What the call came to by its last headers; undefined for success. */
  statusError(trailers: IncomingHttpHeaders): RpcError | undefined {
    const status = trailers["grpc-status"];
    if (status === "0") return undefined;
    if (status === undefined) return this.#httpError(Number(trailers[":status"] ?? okStatus));
    const { errors, codecs } = this.parts;
    const details = trailers["grpc-status-details-bin"];
    return fromStatus(
      {
        code: Number(status),
        message: decoded(String(trailers["grpc-message"] ?? "")),
        details: typeof details === "string" ? Buffer.from(details, "base64") : undefined,
      },
      this.attempt.service,
      errors,
      codecs,
    );
  }

  /** What a call comes to whose stream was closed with `code` before a status came. */
  closed(code: number | undefined, sent: boolean): RpcError {
    if (!sent || code === constants.NGHTTP2_REFUSED_STREAM)
      return new Unavailable(`${this.#what}: ${this.#address} did not take the call`, {
        id: "plugboard.client",
        reason: "transport.connect-failed",
        retry: "safe",
      });
    if (code === constants.NGHTTP2_CANCEL && this.attempt.context.remainingMs() < sameMomentMs)
      return new Timeout(
        `${this.#what}: no answer before the deadline; ${this.#address} gave up first`,
        { id: "plugboard.client", reason: "client.timeout" },
      );
    const refusal = codeOfReset[code ?? -1];
    if (refusal !== undefined)
      return this.#error(refusal, `${this.#address} reset the call's stream with code ${code}`);
    return new Unavailable(
      `${this.#what}: ${this.#address} broke the call off: its stream was closed with code ${code}`,
      { id: "plugboard.client", reason: "transport.closed" },
    );
  }

  /** For a reply that ended in good order, but for its status. */
  noStatus(): InternalServerError {
    return this.badReply(`${this.#address} ended the call without a status`);
  }

  tooLarge(bytes: number): ContentTooLarge {
    const { maxMessageBytes } = this.parts;
    return new ContentTooLarge(
      `${this.#what}: a reply of ${bytes} bytes or more, and maxMessageBytes is ${maxMessageBytes}`,
      { id: "plugboard.client", reason: "transport.too-large", retry: "never" },
    );
  }

  badReply(why: string): InternalServerError {
    return new InternalServerError(`${this.#what}: ${why}`, {
      id: "plugboard.client",
      reason: "client.bad-reply",
    });
  }

  /** For a reply that is compressed, and nobody says how. */
  unreadable(why: string): RpcError {
    return this.#error(grpcStatus.internal, why);
  }

  replyCount(count: number): NotImplemented {
    return new NotImplemented(
      `${this.#what}: ${count} replies to a call that has one; compare the .proto of both sides`,
      { id: "plugboard.client", reason: "client.reply-count", retry: "never" },
    );
  }

  #httpError(status: number): RpcError {
    return this.#error(codeOfHttp(status), `the answer has no gRPC status, but HTTP's ${status}`);
  }

  #error(code: number, message: string): RpcError {
    const { errors, codecs } = this.parts;
    return fromStatus({ code, message, details: undefined }, this.attempt.service, errors, codecs);
  }

  get maxMessageBytes(): number {
    return this.parts.maxMessageBytes;
  }

  get compression(): "identity" | "gzip" {
    return this.parts.compression;
  }

  get #what(): string {
    return `${this.attempt.service} ${this.attempt.shape.endpoint}`;
  }

  get #address(): string {
    return this.attempt.node.address;
  }
}

function readMetadata(headers: IncomingHttpHeaders): MutableMetadata | undefined {
  const entries: (readonly [string, readonly (string | Buffer)[]])[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name.startsWith(":")) continue;
    const texts = typeof value === "string" ? [value] : value;
    entries.push([name, name.endsWith("-bin") ? texts.flatMap(readBytes) : texts]);
  }
  return repliedMetadata(fromWireMetadata(entries));
}

const readBytes = (text: string): Buffer[] =>
  text.split(",").map((each) => Buffer.from(each, "base64"));

function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

/** gRPC's table for answers of HTTP servers that know nothing of it. */
function codeOfHttp(status: number): number {
  switch (status) {
    case 400:
      return grpcStatus.internal;
    case 401:
      return grpcStatus.unauthenticated;
    case 403:
      return grpcStatus.permissionDenied;
    case 404:
      return grpcStatus.unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return grpcStatus.unavailable;
    default:
      return grpcStatus.unknown;
  }
}
