import type { Environment } from "../base/environment.js";
import { newMetadata, type Metadata, type MutableMetadata } from "../base/metadata.js";
import { encodeError, toRpcError } from "../call/error-wire.js";
import { endOfStream, header } from "../call/headers.js";
import { writeReplyHeaders, writeReplyTrailers } from "../call/reply-headers.js";
import type { Codec } from "../codec/codec.js";
import type { MessageType } from "../codec/message-type.js";
import type { Socket } from "../transport/transport.js";

const nothing = new Uint8Array(0);

/** What goes along with one message of an answer. */
export interface Told {
  readonly headers?: Metadata | undefined;
  readonly trailers?: Metadata | undefined;
}

/** The way back of one call: replies, the end of a stream, or a failure, in the caller's content type. */
export class Answer {
  /** Known once the content type is. */
  codec: Codec | undefined;
  /** The caller's id from the body's envelope. */
  id: string | undefined;
  endpoint = "";

  constructor(
    private readonly socket: Socket,
    private readonly requestHeaders: Metadata,
    private readonly contentType: string,
    private readonly environment: Environment,
  ) {}

  async reply(value: unknown, type: MessageType | undefined, told: Told): Promise<void> {
    const body = this.codec!.write(this.#envelope(), "response", value, type);
    await this.socket.send({ headers: this.#headers(told), body });
  }

  /** Ends a stream in good order. */
  async end(told: Told): Promise<void> {
    const headers = this.#headers(told);
    headers[header.error] = endOfStream;
    await this.socket.send({ headers, body: nothing });
  }

  /** An answer without a value, for events. */
  async acknowledge(): Promise<void> {
    await this.socket.send({ headers: this.#headers({}), body: nothing });
  }

  /** Tells what was thrown, as far as a caller may know it. `id` says who speaks. */
  async fail(thrown: unknown, id: string, told: Told = {}): Promise<void> {
    const error = toRpcError(thrown, { id, endpoint: this.endpoint || "a call" }, this.environment);
    const line = encodeError(error);
    const headers = this.#headers(told, this.codec ? undefined : "application/json");
    headers[header.error] = line;
    await this.socket.send({ headers, body: this.#errorBody(line) });
  }

  /** Callers with an envelope find the error there too, people with curl as JSON. */
  #errorBody(line: string): Uint8Array {
    if (!this.codec || this.contentType === "application/json") return Buffer.from(`${line}\n`);
    if (!this.codec.enveloped) return nothing;
    return this.codec.write({ ...this.#envelope(), error: line }, "response", undefined);
  }

  #envelope(): { readonly endpoint: string; readonly id?: string } {
    return { endpoint: this.endpoint, ...(this.id === undefined ? {} : { id: this.id }) };
  }

  #headers({ headers: said, trailers }: Told, contentType = this.contentType): MutableMetadata {
    const headers = newMetadata();
    if (said) writeReplyHeaders(said, headers);
    if (trailers) writeReplyTrailers(trailers, headers);
    headers[header.contentType] = contentType;
    const id = this.requestHeaders[header.id];
    if (id !== undefined) headers[header.id] = id;
    return headers;
  }
}
