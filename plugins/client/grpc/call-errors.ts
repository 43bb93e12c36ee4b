import { constants } from "node:http2";
import {
  ContentTooLarge,
  fromStatus,
  grpcStatus,
  InternalServerError,
  NotImplemented,
  readGrpcMessage,
  Timeout,
  Unavailable,
  type Attempt,
  type GrpcHeaders,
  type MessageFaults,
  type RpcError,
} from "../../../src/spi.js";
import { codeOfHttpStatus } from "./http-status.js";
import type { WireParts } from "./wire-parts.js";

const id = "plugboard.client";
const okStatus = 200;

/** gRPC's codes for streams that are reset by a peer that says more than that it has gone. */
const codeOfReset: Readonly<Record<number, number>> = {
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: grpcStatus.resourceExhausted,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: grpcStatus.permissionDenied,
};

/** Milliseconds before its deadline in which a call that a server cuts off counts as late: both have a clock. */
const sameMomentMs = 10;

/** How the stream of a call was closed. */
export interface StreamEnd {
  /** HTTP/2's code. */
  readonly code: number | undefined;
  /** Whether the server may have begun with the call. */
  readonly taken: boolean;
  /** Whether it went with its connection. */
  readonly withConnection: boolean;
}

/** What an attempt comes to that fails. */
export class CallErrors implements MessageFaults {
  constructor(
    private readonly attempt: Attempt,
    private readonly parts: WireParts,
  ) {}

  /** Why an answer that begins with these headers is none of gRPC's; undefined when it is. */
  ofHead(headers: GrpcHeaders): RpcError | undefined {
    const status = Number(headers[":status"]);
    if (status !== okStatus) return this.#ofHttp(status);
    const type = String(headers["content-type"] ?? "");
    if (type.startsWith("application/grpc")) return undefined;
    return this.#ofCode(grpcStatus.unknown, `the answer is ${JSON.stringify(type)}, not gRPC`);
  }

  /** What the call came to by its last headers; undefined for success. */
  ofTrailers(trailers: GrpcHeaders): RpcError | undefined {
    const status = trailers["grpc-status"];
    if (status === "0") return undefined;
    if (status === undefined) return this.#ofHttp(Number(trailers[":status"] ?? okStatus));
    const { errors, codecs } = this.parts;
    const details = trailers["grpc-status-details-bin"];
    return fromStatus(
      {
        code: Number(status),
        message: readGrpcMessage(String(trailers["grpc-message"] ?? "")),
        details: typeof details === "string" ? Buffer.from(details, "base64") : undefined,
      },
      this.attempt.service,
      errors,
      codecs,
    );
  }

  /** What a call comes to whose stream was closed before a status came. */
  ofClose({ code, taken, withConnection }: StreamEnd): RpcError {
    if (!taken || code === constants.NGHTTP2_REFUSED_STREAM)
      return new Unavailable(`${this.#what}: ${this.#address} did not take the call`, {
        id,
        reason: "transport.connect-failed",
        retry: "safe",
      });
    if (code === constants.NGHTTP2_CANCEL && this.attempt.context.remainingMs() < sameMomentMs)
      return new Timeout(
        `${this.#what}: no answer before the deadline; ${this.#address} gave up first`,
        { id, reason: "client.timeout" },
      );
    const refusal = withConnection ? undefined : codeOfReset[code ?? -1];
    if (refusal !== undefined)
      return this.#ofCode(refusal, `${this.#address} reset the call's stream with code ${code}`);
    const what = withConnection ? "the connection has ended" : "its stream was closed";
    return new Unavailable(
      `${this.#what}: ${this.#address} broke the call off: ${what} with code ${code}`,
      { id, reason: "transport.closed" },
    );
  }

  /** For a reply that ended in good order, but for its status. */
  noStatus(): InternalServerError {
    return this.malformed(`${this.#address} ended the call without a status`);
  }

  tooLarge(bytes: number): ContentTooLarge {
    const { maxMessageBytes } = this.parts;
    return new ContentTooLarge(
      `${this.#what}: a reply of ${bytes} bytes or more, and maxMessageBytes is ${maxMessageBytes}`,
      { id, reason: "transport.too-large", retry: "never" },
    );
  }

  malformed(why: string, cause?: unknown): InternalServerError {
    return new InternalServerError(`${this.#what}: ${why}`, {
      id,
      reason: "client.bad-reply",
      ...(cause !== undefined && { retry: "never", cause }),
    });
  }

  unknownEncoding(encoding: string | undefined): RpcError {
    return this.#ofCode(
      grpcStatus.internal,
      `a reply is compressed by ${encoding ?? "nobody knows what"}`,
    );
  }

  replyCount(count: number): NotImplemented {
    return new NotImplemented(
      `${this.#what}: ${count} replies to a call that has one; compare the .proto of both sides`,
      { id, reason: "client.reply-count", retry: "never" },
    );
  }

  #ofHttp(status: number): RpcError {
    const code = codeOfHttpStatus(status);
    return this.#ofCode(code, `the answer has no gRPC status, but HTTP's ${status}`);
  }

  #ofCode(code: number, message: string): RpcError {
    const { errors, codecs } = this.parts;
    return fromStatus({ code, message, details: undefined }, this.attempt.service, errors, codecs);
  }

  get #what(): string {
    return `${this.attempt.service} ${this.attempt.shape.endpoint}`;
  }

  get #address(): string {
    return this.attempt.node.address;
  }
}
