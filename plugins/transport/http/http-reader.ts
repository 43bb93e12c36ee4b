import { ContentTooLarge, RpcError } from "../../../src/spi.js";
import { malformed, readHead, type HttpHead } from "./http-head.js";

/** Most bytes that one message may have. */
export interface ReaderLimits {
  readonly maxHeaderBytes: number;
  readonly maxMessageBytes: number;
}

/** Who hears of what was read. */
export interface ReaderEvents {
  message(head: HttpHead, body: Uint8Array): void;
  /** The peer waits for `100 Continue` before it sends the body. */
  expectsContinue(): void;
}

type State = "head" | "body" | "chunk-size" | "chunk" | "chunk-end" | "trailers" | "until-close";

const none = Buffer.alloc(0);
/** A chunk's size line, extensions included. */
const maxChunkLine = 256;
/** Pieces from this size on stay as they came. */
const mergeBytes = 4_096;
const id = "plugboard.transport.http";

/**
 * Reads a sequence of HTTP/1.1 messages from bytes in any pieces. Holds one unfinished message at
 * most, within the limits; bodies are views of what came in where they came in one piece.
 */
export class HttpReader {
  #state: State = "head";
  #pending: Buffer = none;
  #searched = 0;
  #head: HttpHead | undefined;
  #body: Buffer[] = [];
  #bodyBytes = 0;
  #missing = 0;
  #trailerBytes = 0;

  constructor(
    private readonly kind: "request" | "response",
    private readonly limits: ReaderLimits,
    private readonly events: ReaderEvents,
  ) {}

  /** True while a message has begun and not ended. */
  get inMessage(): boolean {
    return this.#state !== "head" || this.#pending.length > 0;
  }

  /**
   * Takes the next bytes. After an error it must not be used again.
   * @throws BadRequest `transport.malformed`, ContentTooLarge `transport.too-large`, RpcError 431
   *   `transport.headers-too-large`.
   */
  feed(bytes: Uint8Array): void {
    const incoming = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#pending = this.#pending.length > 0 ? Buffer.concat([this.#pending, incoming]) : incoming;
    while (this.#step());
  }

  /** The peer sends no more. Ends a body that lasts until then. @throws BadRequest in the middle of a message. */
  end(): void {
    if (this.#state === "until-close") this.#finish();
    else if (this.inMessage) throw malformed("the connection ended within a message");
  }

  /** One step through the pending bytes; false when more are needed. */
  #step(): boolean {
    switch (this.#state) {
      case "head":
        return this.#readHead();
      case "body":
      case "chunk":
        return this.#readBody();
      case "chunk-size":
        return this.#readChunkSize();
      case "chunk-end":
        return this.#readChunkEnd();
      case "trailers":
        return this.#readTrailers();
      case "until-close":
        if (this.#pending.length > 0) this.#take(this.#pending.length);
        return false;
    }
  }

  #consume(count: number): Buffer {
    const taken = this.#pending.subarray(0, count);
    this.#pending = count === this.#pending.length ? none : this.#pending.subarray(count);
    this.#searched = 0;
    return taken;
  }

  #readHead(): boolean {
    // An empty line before a message is forgiven, as RFC 9112 section 2.2 asks.
    while (this.#pending[0] === 13 && this.#pending[1] === 10) this.#consume(2);
    const { maxHeaderBytes } = this.limits;
    const end = this.#pending.indexOf("\r\n\r\n", Math.max(0, this.#searched - 3), "latin1");
    if (end < 0 ? this.#pending.length > maxHeaderBytes : end > maxHeaderBytes) {
      throw new RpcError(431, `headers are over the limit of ${maxHeaderBytes} bytes`, {
        id,
        reason: "transport.headers-too-large",
        retry: "never",
      });
    }
    if (end < 0) {
      this.#searched = this.#pending.length;
      return false;
    }
    const head = readHead(this.#consume(end + 4).toString("latin1", 0, end), this.kind);
    if (head.status >= 100 && head.status < 200) return true; // Interim answers say nothing to us.
    this.#begin(head);
    return true;
  }

  #begin(head: HttpHead): void {
    this.#head = head;
    this.#bodyBytes = 0;
    const bodiless = head.status === 204 || head.status === 304;
    if (head.chunked && !bodiless) this.#state = "chunk-size";
    else if (head.length !== undefined && !bodiless) {
      this.#checkSize(head.length);
      this.#missing = head.length;
      this.#state = "body";
    } else if (this.kind === "request" || bodiless) {
      this.#finish();
      return;
    } else {
      this.#state = "until-close";
      return;
    }
    const hasBody = head.chunked || this.#missing > 0;
    if (head.expectsContinue && hasBody && this.#pending.length === 0) this.events.expectsContinue();
  }

  #checkSize(bytes: number): void {
    const { maxMessageBytes } = this.limits;
    if (bytes <= maxMessageBytes) return;
    throw new ContentTooLarge(`the body is over the limit of ${maxMessageBytes} bytes`, {
      id,
      reason: "transport.too-large",
      retry: "never",
    });
  }

  #take(count: number): void {
    this.#checkSize(this.#bodyBytes + count);
    this.#bodyBytes += count;
    this.#body.push(this.#consume(count));
    // Tiny chunks are put together as they come, in doubling sizes, so that a byte never costs an object.
    for (let last = this.#body.length - 1; last > 0; last--) {
      const [before, after] = [this.#body[last - 1] ?? none, this.#body[last] ?? none];
      if (before.length >= mergeBytes || before.length > after.length * 2) break;
      this.#body.splice(last - 1, 2, Buffer.concat([before, after]));
    }
  }

  #readBody(): boolean {
    if (this.#missing > 0) {
      const count = Math.min(this.#missing, this.#pending.length);
      if (count === 0) return false;
      this.#missing -= count;
      this.#take(count);
      if (this.#missing > 0) return false;
    }
    if (this.#state === "chunk") this.#state = "chunk-end";
    else this.#finish();
    return true;
  }

  #readChunkSize(): boolean {
    const end = this.#pending.indexOf("\r\n", 0, "latin1");
    if (end < 0 ? this.#pending.length > maxChunkLine : end > maxChunkLine)
      throw malformed("a chunk's size line is too long");
    if (end < 0) return false;
    const line = this.#consume(end + 2).toString("latin1", 0, end);
    const size = /^([0-9A-Fa-f]{1,8})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line)?.[1];
    if (size === undefined) throw malformed(`chunk size ${JSON.stringify(line.slice(0, 40))}`);
    this.#missing = Number.parseInt(size, 16);
    this.#checkSize(this.#bodyBytes + this.#missing);
    this.#trailerBytes = 0;
    this.#state = this.#missing === 0 ? "trailers" : "chunk";
    return true;
  }

  #readChunkEnd(): boolean {
    if (this.#pending.length < 2) return false;
    if (this.#consume(2).toString("latin1") !== "\r\n") throw malformed("a chunk does not end where it said");
    this.#state = "chunk-size";
    return true;
  }

  /** Trailers are read past; nobody uses them. */
  #readTrailers(): boolean {
    const end = this.#pending.indexOf("\r\n", 0, "latin1");
    const bytes = this.#trailerBytes + (end < 0 ? this.#pending.length : end);
    if (bytes > this.limits.maxHeaderBytes) throw malformed("trailers are too long");
    if (end < 0) return false;
    this.#trailerBytes += end + 2;
    this.#consume(end + 2);
    if (end === 0) this.#finish();
    return true;
  }

  #finish(): void {
    const head = this.#head;
    const [first] = this.#body;
    const body = this.#body.length > 1 ? Buffer.concat(this.#body, this.#bodyBytes) : (first ?? none);
    this.#head = undefined;
    this.#body = [];
    this.#state = "head";
    if (head) this.events.message(head, body);
  }
}
