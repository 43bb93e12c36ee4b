import { newMetadata, type Metadata, type MutableMetadata } from "../../../src/spi.js";
import { ByteBuilder } from "./byte-builder.js";

/** Bytes that are no HTTP/1.1 as this door speaks it; `status` is the answer they deserve. */
export class HttpSyntaxError extends Error {
  override readonly name = "HttpSyntaxError";
  constructor(
    readonly status: 400 | 413 | 431 | 501,
    message: string,
  ) {
    super(message);
  }
}

/** A whole request or response. */
export interface HttpMessage {
  /** Method and target of a request, status of a response. */
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** Header names are lower-case; repeated ones are joined by a comma. */
  readonly headers: Metadata;
  readonly body: Uint8Array;
  /** The connection can carry another message. */
  readonly keepAlive: boolean;
}

/** Bounds on one message, in bytes. */
export interface HttpLimits {
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
}

type Head = Omit<HttpMessage, "body">;

const longestChunkLine = 256;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/1\.([01])$/;
const statusLine = /^HTTP\/1\.([01]) ([1-5][0-9]{2})(?: |$)/;

/**
 * Reads HTTP/1.1 messages from bytes that come in pieces of any size. Strict: lines end in CRLF, no
 * folded headers, one unambiguous length. Bodies have a length, are chunked, or, in responses, last
 * until the end of the connection.
 */
export class HttpReader {
  private bytes: Uint8Array = new Uint8Array(0);
  private scanned = 0;
  private head: Head | undefined;
  private body = new ByteBuilder();
  /** Bytes of the body or chunk that are still to come. */
  private left = 0;
  private step: "head" | "body" | "size" | "chunk" | "after-chunk" | "trailers" | "to-end" = "head";
  private trailerBytes = 0;

  constructor(
    private readonly kind: "request" | "response",
    private readonly limits: HttpLimits,
  ) {}

  /** True in the middle of a message. */
  get begun(): boolean {
    return this.step !== "head" || this.bytes.length > 0;
  }

  /** Adds bytes; `next` reads them. */
  push(bytes: Uint8Array): void {
    this.bytes = this.bytes.length === 0 ? bytes : Buffer.concat([this.bytes, bytes]);
  }

  /** The next whole message, if it is there. @throws HttpSyntaxError, after which the reader is done. */
  next(): HttpMessage | undefined {
    for (;;) {
      switch (this.step) {
        case "head":
          if (!this.readHead()) return undefined;
          break;
        case "body":
          if (!this.readBytes()) return undefined;
          return this.finish();
        case "size":
          if (!this.readChunkSize()) return undefined;
          break;
        case "chunk":
          if (!this.readBytes()) return undefined;
          this.step = "after-chunk";
          break;
        case "after-chunk":
          if (this.bytes.length < 2) return undefined;
          if (this.bytes[0] !== 13 || this.bytes[1] !== 10)
            throw bad("a chunk does not end in CRLF");
          this.bytes = this.bytes.subarray(2);
          this.step = "size";
          break;
        case "trailers": {
          const line = this.readLine(this.limits.maxHeaderBytes - this.trailerBytes);
          if (line === undefined) return undefined;
          this.trailerBytes += line.length + 2;
          if (line === "") return this.finish();
          break;
        }
        case "to-end":
          this.take(this.bytes.length);
          return undefined;
      }
    }
  }

  /** The message that the end of the connection completes, if there is one. */
  end(): HttpMessage | undefined {
    return this.step === "to-end" ? this.finish() : undefined;
  }

  private readHead(): boolean {
    const { maxHeaderBytes } = this.limits;
    const buffer = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    const end = buffer.indexOf("\r\n\r\n", Math.max(0, this.scanned - 3), "latin1");
    this.scanned = end < 0 ? buffer.length : 0;
    if ((end < 0 ? buffer.length : end) > maxHeaderBytes)
      throw new HttpSyntaxError(431, `the headers are longer than ${maxHeaderBytes} bytes`);
    if (end < 0) return false;
    const [first = "", ...lines] = buffer.toString("latin1", 0, end).split("\r\n");
    this.bytes = this.bytes.subarray(end + 4);
    const headers = readHeaders(lines);
    this.head =
      this.kind === "request" ? readRequest(first, headers) : readResponse(first, headers);
    this.chooseBody(this.head, first);
    return true;
  }

  private chooseBody({ headers, status }: Head, first: string): void {
    const coding = headers["transfer-encoding"];
    const length = headers["content-length"];
    this.body = new ByteBuilder();
    if (this.kind === "response" && status < 200) {
      if (status === 101) throw bad("the protocol cannot be switched");
      this.head = undefined; // an interim response; the real one follows
      return;
    }
    if (coding !== undefined) {
      if (length !== undefined || first.includes("HTTP/1.0")) throw bad("the length is ambiguous");
      if (coding.toLowerCase() !== "chunked")
        throw new HttpSyntaxError(501, "the transfer coding is unknown");
      this.step = "size";
    } else if (length !== undefined) {
      if (!/^[0-9]{1,15}$/.test(length)) throw bad("Content-Length is no number");
      this.expect(Number(length));
      this.step = "body";
    } else
      this.step = this.kind === "request" || status === 204 || status === 304 ? "body" : "to-end";
  }

  private readChunkSize(): boolean {
    const line = this.readLine(longestChunkLine);
    if (line === undefined) return false;
    const size = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;|$)/.exec(line)?.[1];
    if (size === undefined) throw bad("a chunk has no size");
    this.expect(parseInt(size, 16));
    this.trailerBytes = 0;
    this.step = this.left === 0 ? "trailers" : "chunk";
    return true;
  }

  private readLine(longest: number): string | undefined {
    const window = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    const end = window.subarray(0, longest + 2).indexOf("\r\n", 0, "latin1");
    if (end < 0) {
      if (window.length >= longest + 2) throw bad("a line is too long");
      return undefined;
    }
    this.bytes = this.bytes.subarray(end + 2);
    return window.toString("latin1", 0, end);
  }

  private expect(bytes: number): void {
    if (this.body.length + bytes > this.limits.maxBodyBytes) throw this.tooLarge();
    this.left = bytes;
  }

  private readBytes(): boolean {
    const count = Math.min(this.left, this.bytes.length);
    this.take(count);
    this.left -= count;
    return this.left === 0;
  }

  private take(count: number): void {
    if (this.body.length + count > this.limits.maxBodyBytes) throw this.tooLarge();
    this.body.add(this.bytes.subarray(0, count));
    this.bytes = this.bytes.subarray(count);
  }

  private tooLarge(): HttpSyntaxError {
    return new HttpSyntaxError(413, `the body is longer than ${this.limits.maxBodyBytes} bytes`);
  }

  private finish(): HttpMessage | undefined {
    const { head, step } = this;
    this.step = "head";
    this.head = undefined;
    this.left = 0;
    if (!head) return undefined;
    const keepAlive = head.keepAlive && step !== "to-end";
    return Object.assign({}, head, { keepAlive, body: this.body.bytes() });
  }
}

function readHeaders(lines: readonly string[]): MutableMetadata {
  const headers = newMetadata();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    if (!token.test(name) || /[\0-\x08\x0a-\x1f\x7f]/.test(line))
      throw bad("a header is malformed");
    headers[name] = name in headers ? `${headers[name] ?? ""}, ${value}` : value;
  }
  return headers;
}

function readRequest(line: string, headers: Metadata): Head {
  const [, method = "", target = "", minor] = requestLine.exec(line) ?? [];
  if (minor === undefined) throw bad("the request line is malformed");
  if (minor === "1" && headers.host === undefined) throw bad("Host is missing");
  return { method, target, status: 0, headers, keepAlive: keepsAlive(minor, headers) };
}

function readResponse(line: string, headers: Metadata): Head {
  const [, minor, status] = statusLine.exec(line) ?? [];
  if (minor === undefined) throw bad("the status line is malformed");
  const keepAlive = keepsAlive(minor, headers);
  return { method: "", target: "", status: Number(status), headers, keepAlive };
}

function keepsAlive(minor: string, headers: Metadata): boolean {
  const options = (headers.connection ?? "").toLowerCase().split(/[ \t]*,[ \t]*/);
  return minor === "1" ? !options.includes("close") : options.includes("keep-alive");
}

const bad = (message: string): HttpSyntaxError => new HttpSyntaxError(400, message);
