import { pooledBytes, type BufferPool } from "./buffer-pool.js";
import { headBytes, kind, malformed, readU32 } from "./protocol.js";

/**
 * Takes a frame in. `bytes` is whole from `start` to `end`. It may be kept, at the cost of its
 * memory, unless the reader says that it is `lent`.
 */
export type FrameHandler = (
  kind: number,
  call: number,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

/** Is told of a frame over the limit, whose payload is skipped. */
export type OversizeHandler = (kind: number, call: number, bytes: number) => void;

/** A length that no honest peer announces. */
const absurd = 0x4000_0000;

/** First allocation for a frame that comes in pieces; it doubles with what has really come. */
const firstBytes = 262_144;

/** Kinds whose handler is done with the bytes when it returns, or copies what it keeps. */
const isReadAtOnce = (what: number): boolean => what === kind.call || what === kind.reply;

/** Cuts a byte stream into frames, in place wherever a frame came in one piece. */
export class FrameReader {
  /** Bytes of a frame that has begun, head included; `undefined` between frames. */
  #partial: Buffer | undefined;
  #filled = 0;
  /** Bytes still to skip of a frame over the limit. */
  #skip = 0;
  #stopped = false;
  /** The frame being told of lies in a buffer that is used again afterwards. */
  lent = false;
  /** Frames so far that did not come at once: while it stays the same, so does the one under way. */
  pieced = 0;

  constructor(
    private readonly maxPayload: number,
    private readonly pool: BufferPool,
    private readonly handle: FrameHandler,
    private readonly oversize: OversizeHandler,
  ) {}

  /** True while a frame has come in part. */
  get waiting(): boolean {
    return this.#partial !== undefined || this.#skip > 0;
  }

  /** Takes bytes in and tells of each whole frame. @throws BadRequest `frames.malformed`. */
  push(bytes: Uint8Array): void {
    const chunk = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const { length } = chunk;
    let at = 0;
    if (this.#partial) {
      at = this.#resume(this.#partial, chunk);
      if (this.#partial) return;
    }
    if (this.#skip > 0) at += this.#skipped(length - at);
    while (length - at >= headBytes) {
      if (this.#stopped) return;
      const payload = readU32(chunk, at);
      if (payload > this.maxPayload) {
        this.#tooLarge(chunk[at + 4]!, readU32(chunk, at + 5), payload);
        at += headBytes;
        at += this.#skipped(length - at);
        continue;
      }
      const start = at + headBytes;
      const end = start + payload;
      if (end > length) break;
      this.handle(chunk[at + 4]!, readU32(chunk, at + 5), chunk, start, end);
      at = end;
    }
    if (at < length && !this.#stopped) this.#begin(chunk.subarray(at));
  }

  /** Tells of no further frame. */
  stop(): void {
    this.#stopped = true;
    this.#partial = undefined;
    this.#skip = 0;
  }

  #begin(rest: Buffer): void {
    const total = rest.length >= headBytes ? headBytes + readU32(rest, 0) : headBytes;
    // What is read at once needs no memory of its own, which is dear to get and to clear away.
    this.lent = rest.length >= headBytes && total <= pooledBytes && isReadAtOnce(rest[4]!);
    this.#partial = this.lent
      ? this.pool.take(total)
      : Buffer.allocUnsafeSlow(Math.min(Math.max(total, rest.length), firstBytes));
    if (rest.length > this.#partial.length) this.#partial = Buffer.allocUnsafeSlow(rest.length);
    rest.copy(this.#partial);
    this.#filled = rest.length;
    this.pieced++;
  }

  /** Completes the partial frame from `chunk`; answers how much of the chunk that took. */
  #resume(partial: Buffer, chunk: Buffer): number {
    let taken = 0;
    if (this.#filled < headBytes) {
      taken = Math.min(headBytes - this.#filled, chunk.length);
      chunk.copy(partial, this.#filled, 0, taken);
      this.#filled += taken;
      if (this.#filled < headBytes) return taken;
    }
    const payload = readU32(partial, 0);
    if (payload > this.maxPayload) {
      this.#partial = undefined;
      this.#tooLarge(partial[4]!, readU32(partial, 5), payload);
      return taken + this.#skipped(chunk.length - taken);
    }
    const total = headBytes + payload;
    const more = Math.min(total - this.#filled, chunk.length - taken);
    const buffer = this.#withRoom(partial, total, this.#filled + more);
    chunk.copy(buffer, this.#filled, taken, taken + more);
    this.#filled += more;
    taken += more;
    if (this.#filled < total) return taken;
    this.#partial = undefined;
    this.handle(buffer[4]!, readU32(buffer, 5), buffer, headBytes, total);
    if (this.lent) this.pool.give(buffer);
    this.lent = false;
    return taken;
  }

  #withRoom(partial: Buffer, total: number, needed: number): Buffer {
    if (needed <= partial.length) return partial;
    const size = Math.min(total, Math.max(needed, firstBytes, partial.length * 2));
    const larger = Buffer.allocUnsafeSlow(size);
    partial.copy(larger, 0, 0, this.#filled);
    this.#partial = larger;
    return larger;
  }

  #tooLarge(kind: number, call: number, payload: number): void {
    if (payload >= absurd) throw malformed(`a frame of ${payload} bytes`);
    this.#skip = payload;
    this.pieced++;
    this.oversize(kind, call, payload);
  }

  /** Skips what it may of `bytes`; answers how many. */
  #skipped(bytes: number): number {
    const skipped = Math.min(this.#skip, bytes);
    this.#skip -= skipped;
    return skipped;
  }
}
