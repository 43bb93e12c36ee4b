import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import {
  Inbox,
  inflateMessage,
  MessageReader,
  type Attempt,
  type RpcError,
} from "../../../src/spi.js";
import type { CallWire } from "./call-wire.js";
import type { LiveCall, Session } from "./session.js";

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM } = constants;

/** Requests and replies on one stream, as many as either side likes. */
export class StreamCall implements LiveCall {
  readonly stream: ClientHttp2Stream;
  readonly #ended: Promise<void>;
  readonly #compressed: boolean;
  #encoding: string | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #aborted: RpcError | undefined;

  constructor(
    private readonly session: Session,
    private readonly wire: CallWire,
  ) {
    this.#compressed = wire.compresses(session);
    const timeoutMs = wire.attempt.context.remainingMs();
    const stream = (this.stream = session.request(wire.headers(this.#compressed, timeoutMs)));
    session.enter(this);
    stream.on("response", (headers, flags) => {
      session.heard();
      if (flags & NGHTTP2_FLAG_END_STREAM) {
        this.#end(headers);
        return;
      }
      session.learn(headers);
      this.#encoding = headers["grpc-encoding"] as string | undefined;
      const failure = wire.errors.ofHead(headers);
      if (failure) this.abort(failure);
      else wire.hearHeaders(headers);
    });
    stream.on("trailers", (trailers: IncomingHttpHeaders) => this.#end(trailers));
    stream.on("error", () => undefined); // "close" tells
    this.#ended = new Promise((resolve) => {
      stream.once("trailers", () => resolve());
      stream.once("close", resolve);
    });
  }

  /** Ends both directions with that. */
  abort(error: RpcError): void {
    this.#aborted ??= error;
    this.stream.close(NGHTTP2_CANCEL);
  }

  /** The bodies of the replies; what nobody asks for holds the sender back. @throws how the call failed. */
  async *replies(): AsyncGenerator<Buffer, void, void> {
    const { maxMessageBytes, errors } = this.wire;
    const reader = new MessageReader(maxMessageBytes, errors);
    const inbox = new Inbox(this.stream);
    for (;;) {
      const chunk = await inbox.next().catch(() => undefined); // how it failed is told below
      if (!chunk) break;
      this.session.heard();
      for (const { compressed, body } of reader.read(chunk))
        yield compressed
          ? await inflateMessage(body, this.#encoding, maxMessageBytes, errors)
          : body;
    }
    await this.#ended;
    const failure = this.#failure();
    if (failure) throw failure;
    if (reader.unfinished) throw errors.malformed("the last reply is cut off");
  }

  /** Rejects only for what goes wrong with the requests themselves; a lost peer is for the replies to tell. */
  async send({ kind, request }: Attempt): Promise<void> {
    if (kind === "server-stream") await this.#send(request);
    else
      for await (const each of request as AsyncIterable<unknown>)
        if (!(await this.#send(each))) return;
    if (this.#wanted) this.stream.end();
  }

  /** Gives up what is still under way. */
  release(): void {
    this.session.leave(this);
    const stream = this.stream;
    if (!stream.closed && !(this.#trailers && stream.writableEnded)) stream.close(NGHTTP2_CANCEL);
    stream.resume(); // so that it ends
  }

  /** Whether there is somebody to send more to. */
  get #wanted(): boolean {
    return !this.#trailers && !this.stream.closed && !this.stream.destroyed;
  }

  async #send(value: unknown): Promise<boolean> {
    const { wire } = this;
    const bytes = wire.frame(value);
    const frame = this.#compressed ? await wire.compressed(bytes) : bytes;
    if (!this.#wanted) return false;
    const sent = new Promise<void>((resolve) => this.stream.write(frame, () => resolve()));
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
    const { errors } = this.wire;
    if (this.#trailers) return errors.ofTrailers(this.#trailers);
    return this.session.endedAlone(this.stream)
      ? errors.noStatus()
      : errors.ofClose(this.session.endOf(this.stream));
  }
}
