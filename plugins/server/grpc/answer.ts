import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import {
  Canceled,
  toStatus,
  writeGrpcBytes,
  writeGrpcHeaders,
  writeGrpcMessage,
  type Codecs,
  type Metadata,
  type RpcError,
} from "../../../src/spi.js";
import type { Connection } from "./connection.js";

const okStatus = 200;
const withTrailers = { waitForTrailers: true, sendDate: false };
const alone = { endStream: true, sendDate: false };

/** The way back of a call: headers, messages, and a status at the end. */
export class Answer {
  /** The content type as gRPC says it; known before anything is sent. */
  contentType = "application/grpc";
  /** What the replies are compressed by; undefined for nothing. */
  encoding: string | undefined;
  /** A status has been given. */
  ended = false;
  #headed = false;
  #trailers: OutgoingHttpHeaders | undefined;

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly connection: Connection,
  ) {}

  /** Whether there is nobody to answer to any more. */
  get lost(): boolean {
    return this.stream.closed || this.stream.destroyed;
  }

  /** Sends the headers, unless they have gone. */
  begin(said: Metadata | undefined): void {
    if (this.#headed) return;
    this.#headed = true;
    const { stream } = this;
    const headers: OutgoingHttpHeaders = {
      ":status": okStatus,
      "content-type": this.contentType,
    };
    if (this.encoding !== undefined) headers["grpc-encoding"] = this.encoding;
    if (said) writeGrpcHeaders(said, headers);
    stream.respond(headers, withTrailers);
    stream.on("wantTrailers", () => {
      if (!this.lost) stream.sendTrailers(this.#trailers!);
    });
  }

  /** Sends a message; resolves when the next may be sent. @throws Error when the caller has gone. */
  send(frame: Buffer): Promise<void> {
    const { stream } = this;
    if (stream.write(frame)) return sent;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        stream.off("drain", settle);
        stream.off("close", settle);
        if (this.lost) reject(callerGone());
        else resolve();
      };
      stream.on("drain", settle);
      stream.on("close", settle);
    });
  }

  /** Ends the call in good order; `last` is its last message, if that has not been sent. */
  end(said: Metadata | undefined, last: Buffer | undefined): void {
    this.begin(undefined);
    const trailers: OutgoingHttpHeaders = { "grpc-status": "0" };
    if (said) writeGrpcHeaders(said, trailers);
    this.#finish(trailers, last);
  }

  /** Ends it with an error. `json` is for callers of go-micro's make and ours. */
  fail(
    error: RpcError,
    { headers, trailers }: { readonly headers?: Metadata; readonly trailers?: Metadata },
    json: boolean,
    codecs: Codecs,
  ): void {
    if (this.ended || this.lost) return;
    const { code, message, details } = toStatus(error, json, codecs);
    const last: OutgoingHttpHeaders = { "grpc-status": String(code) };
    if (message) last["grpc-message"] = writeGrpcMessage(message);
    if (details) last["grpc-status-details-bin"] = writeGrpcBytes(details);
    if (trailers) writeGrpcHeaders(trailers, last);
    if (headers) this.begin(headers);
    if (this.#headed) {
      this.#finish(last, undefined);
      return;
    }
    this.ended = true;
    this.stream.respond({ ":status": okStatus, "content-type": this.contentType, ...last }, alone);
  }

  #finish(trailers: OutgoingHttpHeaders, last: Buffer | undefined): void {
    this.ended = true;
    this.#trailers = trailers;
    if (!last) {
      this.stream.end();
      return;
    }
    this.connection.owe(this.stream, last.length);
    this.stream.end(last);
  }
}

const sent = Promise.resolve();

/** Says that there is nobody to answer to. */
export const callerGone = (): Canceled =>
  new Canceled("the caller went away before the reply", {
    reason: "server.caller-gone",
    retry: "never",
  });
