import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import type { Outcome, RpcError, Started } from "../../../../src/spi.js";
import type { Session } from "./session.js";
import type { Http2Wire } from "./http2-wire.js";
import { inflated } from "./inflated.js";
import { frameOf, MessageReader, type Framed } from "./message-reader.js";

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR } = constants;

/** One request and its one reply, on a stream of their own. */
export class Http2Unary implements Started {
  readonly #stream: ClientHttp2Stream;
  readonly #reader: MessageReader;
  #reply: Framed | undefined;
  #replies = 0;
  #encoding: string | undefined;
  #bodyEnded = false;
  #inflating = false;
  #over = false;

  constructor(
    private readonly session: Session,
    private readonly wire: Http2Wire,
    private readonly outcome: Outcome,
    body: Buffer,
    compressed: boolean,
  ) {
    this.#reader = new MessageReader(wire.maxMessageBytes, (bytes) => wire.tooLarge(bytes));
    const stream = (this.#stream = session.request(wire.requestHeaders()));
    session.enter(this);
    stream.on("response", (headers, flags) => this.#head(headers, flags));
    stream.on("data", (chunk: Buffer) => this.#data(chunk));
    stream.on("trailers", (trailers: IncomingHttpHeaders) => this.#ended(trailers));
    stream.on("end", () => void (this.#bodyEnded = true));
    stream.on("error", ignore); // "close" tells
    stream.on("close", () => this.#closed());
    stream.end(frameOf(body, compressed));
  }

  /** Gives it up without an outcome. */
  cancel(): void {
    if (this.#finish()) this.#stream.close(NGHTTP2_CANCEL);
  }

  /** Gives it up with this outcome. */
  abort(error: RpcError): void {
    this.#fail(error);
  }

  #head(headers: IncomingHttpHeaders, flags: number): void {
    if (flags & NGHTTP2_FLAG_END_STREAM) {
      this.#ended(headers);
      return;
    }
    this.#encoding = headers["grpc-encoding"] as string | undefined;
    const failure = this.wire.headError(headers);
    if (failure) this.#fail(failure);
    else this.wire.hearHeaders(headers);
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
    this.wire.hearTrailers(trailers);
    const failure = this.wire.statusError(trailers);
    if (failure) this.#fail(failure);
    else if (this.#reader.unfinished) this.#fail(this.wire.badReply("the reply is cut off"));
    else if (!this.#reply || this.#replies > 1) this.#fail(this.wire.replyCount(this.#replies));
    else if (this.#reply.compressed) void this.#inflate(this.#reply.body);
    else this.#replied(this.#reply.body);
  }

  async #inflate(body: Buffer): Promise<void> {
    this.#inflating = true;
    try {
      this.#replied(await inflated(body, this.#encoding, this.wire));
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
    const { rstCode, id } = this.#stream;
    this.#fail(
      this.#bodyEnded && rstCode === NGHTTP2_NO_ERROR
        ? this.wire.noStatus()
        : this.wire.closed(rstCode, id !== undefined),
    );
  }

  #fail(error: unknown): void {
    if (!this.#finish()) return;
    if (!this.#stream.closed) this.#stream.close(NGHTTP2_CANCEL);
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
