import type { OutgoingHttpHeaders } from "node:http2";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import {
  BadRequest,
  readGrpcHeaders,
  repliedMetadata,
  writeMessageFrame,
  type Attempt,
  type GrpcHeaders,
} from "../../../src/spi.js";
import { CallErrors } from "./call-errors.js";
import type { CallTarget } from "./call-target.js";
import { requestHeaders } from "./request-headers.js";
import type { Session } from "./session.js";
import type { WireParts } from "./wire-parts.js";

const gzipped = promisify(gzip);
const headBytes = 5;

/** One attempt as it goes over the wire. */
export class CallWire {
  readonly errors: CallErrors;

  constructor(
    readonly attempt: Attempt,
    private readonly target: CallTarget,
    private readonly parts: WireParts,
  ) {
    this.errors = new CallErrors(attempt, parts);
  }

  get maxMessageBytes(): number {
    return this.parts.maxMessageBytes;
  }

  /** Whether requests go compressed to that server. */
  compresses({ takesGzip }: Session): boolean {
    return takesGzip && this.parts.compression === "gzip";
  }

  headers(compressed: boolean, timeoutMs: number): OutgoingHttpHeaders {
    return requestHeaders(this.attempt, this.target, this.parts.from, compressed, timeoutMs);
  }

  /** A request as it goes out. @throws BadRequest for a value that cannot be written. */
  frame(value: unknown): Buffer {
    const { writer } = this.target;
    const frame = Buffer.allocUnsafe(headBytes + writer.room(value));
    const end = writer.write(value, frame, headBytes);
    frame[0] = 0;
    frame.writeUInt32BE(end - headBytes, 1);
    return end === frame.length ? frame : frame.subarray(0, end);
  }

  /** The same frame, compressed. */
  async compressed(frame: Buffer): Promise<Buffer> {
    return writeMessageFrame(await gzipped(frame.subarray(headBytes)), true);
  }

  /** A reply. @throws InternalServerError `client.bad-reply` for one that cannot be read. */
  read(bytes: Buffer): unknown {
    const { target, attempt } = this;
    try {
      return target.codec.readBody(bytes, "response", target.shape.output);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      const why = `the reply of ${attempt.node.address} cannot be read: ${error.detail}`;
      throw this.errors.malformed(why, error);
    }
  }

  /** Has the caller hear the headers that came before the replies. */
  hearHeaders(headers: GrpcHeaders): void {
    const { heard } = this.attempt;
    const metadata = heard && repliedMetadata(readGrpcHeaders(headers));
    if (metadata) heard.headers(metadata);
  }

  /** The same for what came after them. */
  hearTrailers(trailers: GrpcHeaders): void {
    const { heard } = this.attempt;
    const metadata = heard && repliedMetadata(readGrpcHeaders(trailers));
    if (metadata) heard.trailers(metadata);
  }
}
