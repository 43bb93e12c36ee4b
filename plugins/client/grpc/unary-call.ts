import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import {
  inflateMessage,
  MessageReader,
  type FramedMessage,
  type Outcome,
  type RpcError,
  type Started,
} from "../../../src/spi.js";
import type { CallWire } from "./call-wire.js";
import type { LiveCall, Session } from "./session.js";

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM } = constants;

/** What goes out for a call of one request. */
export interface UnaryRequest {
  readonly frame: Buffer;
  readonly compressed: boolean;
  /** Milliseconds to the deadline; Infinity without one. */
  readonly timeoutMs: number;
}

/** One request and its one reply, on a stream of their own. */
export class UnaryCall implements Started, LiveCall {
  readonly stream: ClientHttp2Stream;
  readonly #reader: MessageReader;
  #reply: FramedMessage | undefined;
  #replies = 0;
  #encoding: string | undefined;
  #inflating = false;
  #over = false;

  constructor(
    private readonly session: Session,
    private readonly wire: CallWire,
    private readonly outcome: Outcome,
    { frame, compressed, timeoutMs }: UnaryRequest,
  ) {
    this.#reader = new MessageReader(wire.maxMessageBytes, wire.errors);
    const stream = (this.stream = session.request(wire.headers(compressed, timeoutMs)));
    session.enter(this);
    stream.on("response", (headers, flags) => this.#head(headers, flags));
    stream.on("data", (chunk: Buffer) => this.#data(chunk));
    stream.on("trailers", (trailers: IncomingHttpHeaders) => this.#ended(trailers));
    stream.on("error", ignore); // "close" tells
    stream.on("close", () => this.#closed());
    stream.end(frame);
  }

  /** Gives it up without an outcome. */
  cancel(): void {
    if (this.#finish()) this.stream.close(NGHTTP2_CANCEL);
  }

  /** Gives it up with this outcome. */
  abort(error: RpcError): void {
    this.#fail(error);
  }

  #head(headers: IncomingHttpHeaders, flags: number): void {
    this.session.heard();
    if (this.#over) return;
    const { wire, session } = this;
    if (flags & NGHTTP2_FLAG_END_STREAM) {
      this.#ended(headers);
      return;
    }
    session.learn(headers);
    this.#encoding = headers["grpc-encoding"] as string | undefined;
    const failure = wire.errors.ofHead(headers);
    if (failure) this.#fail(failure);
    else wire.hearHeaders(headers);
  }

  #data(chunk: Buffer): void {
    if (this.#over) return;
    try {
      for (const message of this.#reader.read(chunk)) {
        this.#reply = message;
        this.#replies++;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #ended(trailers: IncomingHttpHeaders): void {
    if (this.#over) return;
    const { wire } = this;
    wire.hearTrailers(trailers);
    const { errors } = wire;
    const failure = errors.ofTrailers(trailers);
    if (failure) this.#fail(failure);
    else if (this.#reader.unfinished) this.#fail(errors.malformed("the reply is cut off"));
    else if (!this.#reply || this.#replies > 1) this.#fail(errors.replyCount(this.#replies));
    else if (this.#reply.compressed) void this.#inflate(this.#reply.body);
    else this.#replied(this.#reply.body);
  }

  async #inflate(body: Buffer): Promise<void> {
    const { maxMessageBytes, errors } = this.wire;
    this.#inflating = true;
    try {
      this.#replied(await inflateMessage(body, this.#encoding, maxMessageBytes, errors));
    } catch (error) {
      this.#fail(error);
    }
  }

  #replied(bytes: Buffer): void {
    let reply: unknown;
    try {
      reply = this.wire.read(bytes);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#finish()) this.outcome.replied(reply);
  }

  #closed(): void {
    if (this.#over || this.#inflating) return;
    const stream = this.stream;
    const { session, wire } = this;
    const alone = session.endedAlone(stream);
    this.#fail(alone ? wire.errors.noStatus() : wire.errors.ofClose(session.endOf(stream)));
  }

  #fail(error: unknown): void {
    if (!this.#finish()) return;
    if (!this.stream.closed) this.stream.close(NGHTTP2_CANCEL);
    this.outcome.failed(error);
  }

  /** Whether it was not over yet. */
  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.session.leave(this);
    return true;
  }
}

const ignore = (): void => undefined;
