import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Inbox, type Attempt, type RpcError } from "../../../../src/spi.js";
import type { Http2Wire } from "./http2-wire.js";
import { inflated } from "./inflated.js";
import { frameOf, MessageReader } from "./message-reader.js";
import type { LiveCall, Session } from "./session.js";

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR } = constants;
const gzipped = promisify(gzip);

/** Requests and replies on one stream, as many as either side likes. */
export class Http2Exchange implements LiveCall {
  readonly #stream: ClientHttp2Stream;
  readonly #ended: Promise<void>;
  #encoding: string | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #aborted: RpcError | undefined;

  constructor(
    private readonly session: Session,
    private readonly wire: Http2Wire,
  ) {
    const stream = (this.#stream = session.request(wire.requestHeaders()));
    session.enter(this);
    stream.on("response", (headers, flags) => {
      if (flags & NGHTTP2_FLAG_END_STREAM) {
        this.#end(headers);
        return;
      }
      this.#encoding = headers["grpc-encoding"] as string | undefined;
      const failure = wire.headError(headers);
      if (failure) this.abort(failure);
      else wire.hearHeaders(headers);
    });
    stream.on("trailers", (trailers: IncomingHttpHeaders) => this.#end(trailers));
    stream.on("error", () => undefined); // "close" tells
    this.#ended = new Promise((resolve) => {
      stream.once("trailers", resolve);
      stream.once("close", resolve);
    });
  }

  /** Ends both directions with that. */
  abort(error: RpcError): void {
    this.#aborted ??= error;
    this.#stream.close(NGHTTP2_CANCEL);
  }

  /** The bodies of the replies; what nobody asks for holds the sender back. @throws how the call failed. */
  async *replies(): AsyncGenerator<Buffer, void, void> {
    const { wire } = this;
    const reader = new MessageReader(wire.maxMessageBytes, (bytes) => wire.tooLarge(bytes));
    const inbox = new Inbox(this.#stream);
    for (;;) {
      const chunk = await inbox.next().catch(() => undefined); // how it failed is told below
      if (!chunk) break;
      this.session.heard();
      for (const { compressed, body } of reader.read(chunk))
        yield compressed ? await inflated(body, this.#encoding, wire) : body;
    }
    await this.#ended;
    const failure = this.#failure();
    if (failure) throw failure;
    if (reader.unfinished) throw wire.badReply("the last reply is cut off");
  }

  /** Rejects only for what goes wrong with the requests themselves; a lost peer is for the replies to tell. */
  async send(attempt: Attempt): Promise<void> {
    if (attempt.kind === "server-stream") await this.#send(attempt.request);
    else
      for await (const request of attempt.request as AsyncIterable<unknown>)
        if (!(await this.#send(request))) return;
    if (this.#wanted) this.#stream.end();
  }

  /** Gives up what is still under way. */
  release(): void {
    this.session.leave(this);
    const stream = this.#stream;
    if (!stream.closed && !(this.#trailers && stream.writableEnded)) stream.close(NGHTTP2_CANCEL);
    stream.resume(); // so that it ends
  }

  /** Whether there is somebody to send more to. */
  get #wanted(): boolean {
    return !this.#trailers && !this.#stream.closed && !this.#stream.destroyed;
  }

  async #send(value: unknown): Promise<boolean> {
    const bytes = this.wire.write(value);
    const compressed = this.wire.compression === "gzip";
    const frame = frameOf(compressed ? await gzipped(bytes) : bytes, compressed);
    if (!this.#wanted) return false;
    const sent = new Promise<void>((resolve) => this.#stream.write(frame, () => resolve()));
    await Promise.race([sent, this.#ended]);
    return this.#wanted;
  }

  #end(trailers: IncomingHttpHeaders): void {
    if (this.#trailers) return;
    this.#trailers = trailers;
    this.wire.hearTrailers(trailers);
  }

  #failure(): RpcError | undefined {
    if (this.#aborted) return this.#aborted;
    if (this.#trailers) return this.wire.statusError(this.#trailers);
    const { rstCode, id, readableEnded } = this.#stream;
    return readableEnded && rstCode === NGHTTP2_NO_ERROR
      ? this.wire.noStatus()
      : this.wire.closed(rstCode, id !== undefined);
  }
}
