import { newMetadata, type Message, type Metadata, type RpcError } from "../../../src/spi.js";
import { ByteStore, noBytes } from "./byte-store.js";
import { ChunkScanner } from "./chunk-scanner.js";
import { FieldRole, longestKept, type FieldName, type FieldNames } from "./field-names.js";
import { HeadScanner, isMalformed, needsMore } from "./head-scanner.js";
import { bodyTooLarge, headersTooLarge, malformed } from "./http-errors.js";
import { requestLine, statusLine, type StartLine } from "./start-line.js";

/** A message and what HTTP says about it. */
export interface HttpMessage extends Message {
  /** Status of a response, 0 of a request. */
  readonly status: number;
  /** The sender wants the connection closed after this exchange. */
  readonly close: boolean;
  /** Sent with HTTP/1.0. */
  readonly old: boolean;
  /** `Connection: Micro-Stream`: the connection serves this stream alone. */
  readonly ownsConnection: boolean;
}

/** How to read. */
export interface HttpParserOptions {
  readonly reads: "requests" | "responses";
  /** Who sends, for error texts. */
  readonly peer: string;
  /** Most bytes of a head, start line and last empty line included, and of trailers. */
  readonly maxHeaderBytes: number;
  /** Most bytes of a body. */
  readonly maxMessageBytes: number;
  readonly names: FieldNames;
}

const readingHead = 0;
const readingSized = 1;
const readingChunked = 2;
const readingTrailer = 3;
const readingUntilEnd = 4;

/**
 * Reads HTTP/1 messages from bytes that come in pieces. Strict where two readers could disagree on
 * where a message ends, and bounded: it keeps at most one head and one body within the limits, and
 * whatever was pushed last.
 */
export class HttpParser {
  private readonly scanner = new HeadScanner();
  private readonly chunks = new ChunkScanner();
  private readonly held = new ByteStore();
  private readonly body = new ByteStore();
  private readonly startLine: StartLine;
  private input: Buffer = noBytes;
  private at = 0;
  private state = readingHead;
  private failure: RpcError | undefined;
  private headers: Metadata = newMetadata();
  private status = 0;
  private old = false;
  private close = false;
  private ownsConnection = false;
  private bodyLength = 0;
  private wantsContinue = false;

  constructor(private readonly options: HttpParserOptions) {
    this.startLine = options.reads === "requests" ? requestLine : statusLine;
  }

  /** Takes the next bytes of the connection. They must not change afterwards. */
  push(bytes: Uint8Array): void {
    const piece = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const left = this.input.length - this.at;
    this.input = left > 0 ? Buffer.concat([this.input.subarray(this.at), piece]) : piece;
    this.at = 0;
  }

  /**
   * The next whole message, or undefined when more bytes are needed.
   * @throws RpcError `transport.malformed`, `transport.too-large`, `transport.headers-too-large`;
   *   from then on always the same.
   */
  next(): HttpMessage | undefined {
    if (this.failure) throw this.failure;
    for (;;) {
      const { state } = this;
      if (state === readingHead) {
        if (!this.readHead(false)) return undefined;
        if (this.state === readingHead) {
          // A response such as 100 Continue comes before the one that counts.
          if (this.isInterim()) continue;
          return this.finish(noBytes);
        }
      } else if (state === readingSized) {
        return this.readSized();
      } else if (state === readingChunked) {
        if (!this.readChunks()) return undefined;
        this.state = readingTrailer;
        this.scanner.reset(true);
      } else if (state === readingTrailer) {
        return this.readHead(true) ? this.finish(this.body.take()) : undefined;
      } else {
        const { length } = this.input;
        if (this.body.length + length - this.at > this.options.maxMessageBytes)
          throw this.fail(bodyTooLarge(this.options.peer, this.options.maxMessageBytes));
        this.keep(this.body, length, this.options.maxMessageBytes);
        return undefined;
      }
    }
  }

  /**
   * Says that no more bytes come: the message that lasts until then, if any.
   * @throws RpcError `transport.malformed` when a message is cut short.
   */
  end(): HttpMessage | undefined {
    if (this.failure) throw this.failure;
    if (this.state === readingUntilEnd) return this.finish(this.body.take());
    if (this.partial) throw this.fail(malformed(this.options.peer, "a message cut short"));
    return undefined;
  }

  /** True when a message has begun and not ended. */
  get partial(): boolean {
    return this.state !== readingHead || this.held.length > 0 || this.at < this.input.length;
  }

  /** Bytes kept of a message that has not ended. */
  get bufferedBytes(): number {
    return this.held.length + this.body.length;
  }

  /** True once for each request that waits for `100 Continue` before it sends its body. */
  takeContinue(): boolean {
    const wanted = this.wantsContinue;
    this.wantsContinue = false;
    return wanted;
  }

  private isInterim(): boolean {
    return this.status >= 100 && this.status < 200;
  }

  private finish(body: Buffer): HttpMessage {
    const { headers, status, close, old, ownsConnection } = this;
    this.state = readingHead;
    this.wantsContinue = false;
    return { headers, body, status, close, old, ownsConnection };
  }

  /** Keeps the input up to `end`. */
  private keep(store: ByteStore, end: number, most: number): void {
    store.append(this.input, this.at, end, most);
    this.at = end;
  }

  private readSized(): HttpMessage | undefined {
    const { input, at, body, bodyLength } = this;
    const missing = bodyLength - body.length;
    const end = Math.min(at + missing, input.length);
    if (end - at === bodyLength) {
      this.at = end;
      return this.finish(input.subarray(at, end));
    }
    if (end > at) this.keep(body, end, bodyLength);
    return body.length === bodyLength ? this.finish(body.take()) : undefined;
  }

  /** True when the last chunk has been read. */
  private readChunks(): boolean {
    const { chunks, body, input } = this;
    const { maxMessageBytes, peer } = this.options;
    while (this.at < input.length) {
      if (chunks.left > 0) {
        const end = Math.min(this.at + chunks.left, input.length);
        chunks.left -= end - this.at;
        this.keep(body, end, maxMessageBytes);
        continue;
      }
      this.at = chunks.scan(input, this.at);
      if (chunks.fault !== "") throw this.fail(malformed(peer, chunks.fault));
      if (body.length + chunks.left > maxMessageBytes)
        throw this.fail(bodyTooLarge(peer, maxMessageBytes));
      if (chunks.last) return true;
    }
    return false;
  }

  /** True when a head, or a trailer, is complete. */
  private readHead(trailer: boolean): boolean {
    const { held, scanner, input, at } = this;
    const { maxHeaderBytes, peer } = this.options;
    const before = held.length;
    if (at === input.length) return false;
    // A little more than the limit is enough to know that it was passed.
    const end = Math.min(input.length, at + maxHeaderBytes + 1 - before);
    if (before > 0) held.append(input, at, end, maxHeaderBytes + 1);
    const bytes = before > 0 ? held.bytes : end < input.length ? input.subarray(0, end) : input;
    const base = before > 0 ? 0 : at;
    const found = scanner.scan(bytes, base);
    if (found === isMalformed) throw this.fail(malformed(peer, scanner.fault));
    const headEnd = found === needsMore ? bytes.length : found;
    if (headEnd - base > maxHeaderBytes) throw this.fail(headersTooLarge(peer, maxHeaderBytes));
    if (found === needsMore) {
      if (before === 0) held.append(input, at, end, maxHeaderBytes + 1);
      this.at = end;
      return false;
    }
    this.at = at + (found - base) - before;
    if (!trailer) this.readFields(bytes, base, found);
    if (before > 0) held.clear();
    scanner.reset();
    return true;
  }

  private readFields(bytes: Buffer, base: number, end: number): void {
    const { scanner } = this;
    const { marks, count } = scanner;
    const { peer, names, reads, maxMessageBytes } = this.options;
    const text = bytes.toString("latin1", base, end);
    const line = this.startLine(text.slice(scanner.lineStart, scanner.lineEnd));
    if (line < 0) throw this.fail(malformed(peer, "a first line that is not HTTP/1"));
    this.old = line >= 1000;
    this.status = line % 1000;
    const headers = newMetadata();
    let length = -1;
    let chunked = false;
    let expect = false;
    let connection = "";
    for (let i = 0; i + 2 < count; i += 3) {
      const colon = marks[i + 1] ?? 0;
      const field = names.at(i / 3, text, marks[i] ?? 0, colon);
      const { name, role } = field;
      const valueEnd = marks[i + 2] ?? 0;
      if (role === FieldRole.message) {
        if (headers[name] !== undefined) continue;
        headers[name] = scanner.nonAscii
          ? trimmed(bytes.toString("utf8", base + colon + 1, base + valueEnd))
          : valueOf(field, text, colon + 1, valueEnd);
      } else if (role !== FieldRole.dropped) {
        const value = trimmed(text, colon + 1, valueEnd);
        if (role === FieldRole.contentLength) {
          if (length >= 0) throw this.fail(malformed(peer, "two lengths"));
          if (!digits.test(value)) throw this.fail(malformed(peer, "a length that is no number"));
          length = Number(value);
        } else if (role === FieldRole.transferEncoding) {
          if (chunked || this.old || value.toLowerCase() !== "chunked")
            throw this.fail(malformed(peer, "a transfer encoding other than chunked"));
          chunked = true;
        } else if (role === FieldRole.connection) {
          connection += `,${value.toLowerCase()}`;
        } else {
          expect = value.toLowerCase() === "100-continue";
        }
      }
    }
    if (chunked && length >= 0) throw this.fail(malformed(peer, "both a length and chunks"));
    this.headers = headers;
    this.close = this.old ? !hasWord(connection, "keep-alive") : hasWord(connection, "close");
    this.ownsConnection = hasWord(connection, "micro-stream");
    const bodiless = reads === "responses" && (this.isInterim() || hasNoBody(this.status));
    if (bodiless) {
      if (this.status === 101) throw this.fail(malformed(peer, "a switch of protocol"));
      return;
    }
    if (length > maxMessageBytes) throw this.fail(bodyTooLarge(peer, maxMessageBytes));
    if (chunked) {
      this.state = readingChunked;
      this.chunks.reset();
    } else if (length > 0) {
      this.state = readingSized;
      this.bodyLength = length;
    } else if (length < 0 && reads === "responses") {
      this.state = readingUntilEnd;
      this.close = true;
    }
    this.wantsContinue = expect && !this.old && this.state !== readingHead;
  }

  /** Forgets everything but the failure. */
  private fail(failure: RpcError): RpcError {
    this.failure = failure;
    this.held.clear();
    this.body.clear();
    this.input = noBytes;
    this.at = 0;
    return failure;
  }
}

/** More digits than a body can have bytes are no length either. */
const digits = /^[0-9]{1,15}$/;

const hasNoBody = (status: number): boolean => status === 204 || status === 304;

const hasWord = (list: string, word: string): boolean =>
  list !== "" && list.split(",").some((entry) => entry.trim() === word);

/** The value of a field: the same text as last time where it says the same. */
function valueOf(field: FieldName, text: string, from: number, to: number): string {
  const start = text.charCodeAt(from) === 32 ? from + 1 : from;
  const last = field.lastRead;
  if (last?.length === to - start && text.startsWith(last, start)) return last;
  const value = trimmed(text, from, to);
  if (field.keeps && value.length <= longestKept) field.lastRead = value;
  return value;
}

/** A part without spaces and tabs at its ends: other white space belongs to the value. */
function trimmed(text: string, from = 0, to = text.length): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isBlank = (letter: number): boolean => letter === 32 || letter === 9;
