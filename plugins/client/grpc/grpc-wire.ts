import type { EventEmitter } from "node:events";
import type { Metadata, ServiceError, StatusObject } from "@grpc/grpc-js";
import {
  ContentTooLarge,
  fromStatus,
  fromWireMetadata,
  grpcStatus,
  header,
  InternalServerError,
  newMetadata,
  repliedMetadata,
  RpcError,
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
} from "../../../src/spi.js";
import { CallValues } from "./call-values.js";
import type { MakeMetadata } from "./typed-metadata.js";

/** What the bytes of every call are made with. */
export interface WireParts {
  readonly codecs: Codecs;
  readonly errors: ErrorClasses;
  /** What the caller's service is called. */
  readonly from: string;
  readonly newMetadata: MakeMetadata;
}

/** Nanoseconds of a millisecond. */
const nanoseconds = 1_000_000;

/** The metadata and errors of one attempt over grpc-js. */
export class GrpcWire extends CallValues {
  constructor(
    attempt: Attempt,
    private readonly parts: WireParts,
  ) {
    super(attempt, parts.codecs);
  }

  metadata(): Metadata {
    const { attempt } = this;
    const metadata = this.parts.newMetadata(toGrpcType(this.contentType));
    const texts = attempt.metadata ? toMetadata(attempt.metadata) : newMetadata();
    texts[header.fromService] ??= this.parts.from;
    for (const [name, value] of toWireMetadata(texts)) metadata.add(name, value);
    metadata.set("x-content-type", this.contentType);
    if (attempt.context.deadlineAt !== Infinity) {
      const ms = attempt.context.remainingMs();
      metadata.set("grpc-timeout", writeGrpcTimeout(ms));
      metadata.set(header.timeout, String(Math.max(1, Math.round(ms * nanoseconds))));
    }
    if (attempt.kind !== "unary") metadata.set(header.shape, attempt.kind);
    if (attempt.attempt > 1) metadata.set(header.attempt, String(attempt.attempt));
    return metadata;
  }

  /** Has the caller hear what a call brings beside its replies. */
  listen(call: EventEmitter): void {
    const { heard } = this.attempt;
    if (!heard) return;
    call.once("metadata", (metadata: Metadata) => {
      const headers = readMetadata(metadata);
      if (headers) heard.headers(headers);
    });
    call.once("status", ({ metadata }: StatusObject) => {
      const trailers = readMetadata(metadata);
      if (trailers) heard.trailers(trailers);
    });
  }

  /** What a call that failed comes to. */
  failure(error: unknown): unknown {
    const { service, shape, node, context } = this.attempt;
    if (context.scope.reason) return context.scope.reason;
    if (error instanceof RpcError || !isServiceError(error)) return error;
    const { metadata } = error;
    const message = error.details ?? ""; // grpc-js leaves it out when it cannot read a message
    const code: number = error.code;
    const what = `${service} ${shape.endpoint}`;
    const ours = isOurs(code, metadata);
    if (ours && unsent.test(message)) {
      return new Unavailable(`${what}: ${node.address} did not take the call: ${message}`, {
        id: "plugboard.client",
        reason: "transport.connect-failed",
        retry: "safe",
        cause: error,
      });
    }
    if (ours && message.startsWith(noStatus)) {
      return new InternalServerError(`${what}: ${node.address} ended the call without a status`, {
        id: "plugboard.client",
        reason: "client.bad-reply",
        cause: error,
      });
    }
    if (code === grpcStatus.cancelled && ours && context.remainingMs() < sameMomentMs) {
      return new Timeout(`${what}: no answer before the deadline; ${node.address} gave up first`, {
        id: "plugboard.client",
        reason: "client.timeout",
        cause: error,
      });
    }
    if (ours && lost.test(message)) {
      return new Unavailable(`${what}: ${node.address} broke the call off: ${message}`, {
        id: "plugboard.client",
        reason: "transport.closed",
        cause: error,
      });
    }
    if (code === grpcStatus.resourceExhausted && tooLarge.test(message)) {
      return new ContentTooLarge(`${what}: ${message}`, {
        id: "plugboard.client",
        reason: "transport.too-large",
        retry: "never",
        cause: error,
      });
    }
    const [details] = metadata.get("grpc-status-details-bin");
    return fromStatus(
      { code, message, details: Buffer.isBuffer(details) ? details : undefined },
      service,
      this.parts.errors,
      this.parts.codecs,
    );
  }
}

const readMetadata = (metadata: Metadata): MutableMetadata | undefined =>
  repliedMetadata(
    fromWireMetadata(
      Object.keys(metadata.getMap()).map((name) => [name, metadata.get(name)] as const),
    ),
  );

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && "code" in error && "details" in error && "metadata" in error;

/** Words of grpc-js for calls that no server has begun to serve. */
const unsent =
  /^(No connection established|Stream refused by server|Channel (closed|has been shut))/;

/** Words of grpc-js for a reply that ended in good order, but for its status. */
const noStatus = "Received RST_STREAM with code 0 ";

/** Milliseconds before its deadline in which a call that a server cuts off counts as late: both have a clock. */
const sameMomentMs = 10;

/** Words of grpc-js for calls that no status came for. */
const lost = /^(Connection dropped|Call cancelled|Received RST_STREAM|Write (error|failed))/;

/** Words of grpc-js for replies over the limit, as they came or when they were decompressed. */
const tooLarge = /larger than (max|\d+)/;

/** Whether grpc-js made a status itself: one that came over the wire brings headers. */
const isOurs = (code: number, metadata: Metadata): boolean =>
  (code === grpcStatus.unavailable ||
    code === grpcStatus.internal ||
    code === grpcStatus.cancelled) &&
  Object.keys(metadata.getMap()).length === 0;
