import type { Environment } from "../base/environment.js";
import type { Metadata, MutableMetadata } from "../base/metadata.js";
import { newMetadata } from "../base/metadata.js";
import type { PeerCertificate } from "../base/peer.js";
import { describe } from "../call/error-wire.js";
import { header, incomingMetadata, readAttempt, readTimeoutMs } from "../call/headers.js";
import { writeReplyHeaders, writeReplyTrailers } from "../call/reply-headers.js";
import type { BodyWriter } from "../codec/codec.js";
import type { LaneReplies, LaneRequest, LaneTarget } from "../transport/lane.js";
import type { Message, Socket } from "../transport/transport.js";
import { prepare, type LaneParts } from "./lane-calls.js";

/** Routes remembered; a peer that invents more costs time, not memory. */
const mostRemembered = 1_000;

interface Remembered {
  readonly service: string | undefined;
  readonly contentType: string;
  readonly target: LaneTarget;
}

/** Serves plain unary calls that come over channels with what serves those of lanes. */
export class UnaryExchanges {
  /** By endpoint as callers name it. */
  readonly #targets = new Map<string, Remembered[]>();
  #remembered = 0;

  constructor(private readonly parts: LaneParts) {}

  /** Serves a call to its end, if it is one that needs no more than its first message. */
  take(socket: Socket, first: Message): boolean {
    const target = this.#target(first.headers);
    if (!target) return false;
    const exchange = new UnaryExchange(socket, first, this.parts.environment);
    const serving = target.serve(exchange);
    if (!serving.done) {
      socket.onPeerClose(() => {
        serving.gone();
        exchange.close();
      });
    }
    return true;
  }

  /** Undefined for streams, events, envelopes, and whatever there is something to say about. */
  #target(headers: Metadata): LaneTarget | undefined {
    const shape = headers[header.shape];
    const endpoint = headers[header.endpoint];
    const contentType = headers[header.contentType];
    if ((shape !== undefined && shape !== "unary") || headers[header.topic] !== undefined) return;
    if (!endpoint || !contentType) return;
    const service = headers[header.service];
    const known = this.#targets.get(endpoint);
    if (known)
      for (const each of known)
        if (each.service === service && each.contentType === contentType) return each.target;
    return this.#remember(service, endpoint, contentType);
  }

  #remember(
    service: string | undefined,
    endpoint: string,
    contentType: string,
  ): LaneTarget | undefined {
    const { codecs, router } = this.parts;
    let target: LaneTarget;
    try {
      if (codecs.get(contentType).enveloped) return undefined;
      const { handler } = router.find(service, endpoint);
      if (handler.replyStream || handler.requestStream) return undefined;
      target = prepare(
        { service: service ?? handler.service.name, endpoint, contentType },
        this.parts,
      );
    } catch {
      return undefined; // said in full by who serves what is not plain
    }
    if (this.#remembered >= mostRemembered) {
      this.#targets.clear();
      this.#remembered = 0;
    }
    this.#remembered++;
    const known = this.#targets.get(endpoint);
    const entry = { service, contentType, target };
    if (known) known.push(entry);
    else this.#targets.set(endpoint, [entry]);
    return target;
  }
}

/** One request message and its answer. */
class UnaryExchange implements LaneRequest, LaneReplies {
  readonly number = 0;
  readonly from = "";
  readonly replies = this;
  readonly timeoutMs: number;
  readonly attempt: number;
  readonly bytes: Buffer;
  readonly bodyStart = 0;
  readonly bodyEnd: number;
  readonly #headers: Metadata;
  /** What the handler says beside its reply. */
  #told: MutableMetadata | undefined;

  constructor(
    private readonly socket: Socket,
    { headers, body }: Message,
    private readonly environment: Environment,
  ) {
    this.#headers = headers;
    this.timeoutMs = readTimeoutMs(headers[header.timeout]) ?? Number.POSITIVE_INFINITY;
    this.attempt = readAttempt(headers[header.attempt]);
    this.bytes = Buffer.isBuffer(body)
      ? body
      : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.bodyEnd = body.length;
  }

  get remoteAddress(): string {
    return this.socket.remoteAddress;
  }

  get certificate(): PeerCertificate | undefined {
    return this.socket.certificate;
  }

  readMetadata(): MutableMetadata {
    return incomingMetadata(this.#headers);
  }

  reply(_call: number, writer: BodyWriter, value: unknown): void {
    const body = Buffer.allocUnsafe(writer.room(value));
    const end = writer.write(value, body, 0);
    this.#send(this.#answerHeaders(), end === body.length ? body : body.subarray(0, end));
  }

  /** Programs find the error in the headers, people with curl as JSON. */
  fail(_call: number, line: string): void {
    const headers = this.#answerHeaders();
    headers[header.error] = line;
    const readable = headers[header.contentType] === "application/json";
    this.#send(headers, readable ? Buffer.from(`${line}\n`) : nothing);
  }

  headers(_call: number, metadata: Metadata): void {
    writeReplyHeaders(metadata, (this.#told ??= newMetadata()));
  }

  trailers(_call: number, metadata: Metadata): void {
    writeReplyTrailers(metadata, (this.#told ??= newMetadata()));
  }

  close(): void {
    this.socket.close().catch(() => {});
  }

  #answerHeaders(): MutableMetadata {
    const headers = this.#told ?? newMetadata();
    headers[header.contentType] = this.#headers[header.contentType]!;
    const id = this.#headers[header.id];
    if (id !== undefined) headers[header.id] = id;
    return headers;
  }

  #send(headers: Metadata, body: Uint8Array): void {
    this.socket.send({ headers, body }).then(
      () => this.close(),
      (error: unknown) => {
        this.environment.logger.debug("a call broke off", {
          peer: this.remoteAddress,
          error: describe(error),
        });
        this.close();
      },
    );
  }
}

const nothing = new Uint8Array(0);
