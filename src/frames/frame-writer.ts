import type { Connection, Timers } from "../base/environment.js";
import type { BufferPool } from "./buffer-pool.js";
import { headBytes, kind as kinds, writeU32 } from "./protocol.js";

/**
 * So many frames or bytes go out before the turn ends, so that the peer works on them while the next
 * are laid: with one write a turn the two sides take turns at working, each idle half of the time.
 */
const fullFrames = 24;
const fullBytes = 65_536;
/** The same for messages of streams, of which one stream may lay any number in a turn. */
const fullMessages = 32_768;

/** Buffers worth waiting for while a slow peer takes what they hold. */
const mostQueued = 16;

/**
 * Lays frames into one buffer and writes them together: when the turn's work and its promises are
 * done, or when there are enough.
 */
export class FrameWriter {
  /** Where the next frame begins; valid after `reserve`. */
  buffer: Buffer;
  at = 0;
  /** Bytes given to the connection that the system has not taken yet, at the last look. */
  backlog = 0;
  /** Bytes given to the connection so far. */
  written = 0;
  /** Times that the buffer was written. */
  writes = 0;
  /** In the buffer. */
  #frames = 0;
  /** Written, and perhaps still looked at by the system. */
  readonly #queued: Buffer[] = [];
  #scheduled = false;
  #closed = false;
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  constructor(
    private readonly connection: Connection,
    private readonly timers: Timers,
    private readonly pool: BufferPool,
  ) {
    this.buffer = nothing;
  }

  /** Makes room for a frame with that much payload at `at`; answers where the payload begins. */
  reserve(payloadBytes: number): number {
    const bytes = headBytes + payloadBytes;
    if (this.at + bytes > this.buffer.length) {
      this.flush();
      if (bytes > this.buffer.length) {
        this.pool.give(this.buffer);
        this.buffer = this.pool.take(bytes);
      }
    }
    return this.at + headBytes;
  }

  /** Ends the frame that was laid at `at`: its payload ends at `end`. */
  commit(kind: number, call: number, end: number): void {
    const { buffer, at } = this;
    writeU32(buffer, at, end - at - headBytes);
    buffer[at + 4] = kind;
    writeU32(buffer, at + 5, call);
    this.at = end;
    if (++this.#frames >= fullFrames || end >= fullBytes) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.timers.soon(this.#flush);
    }
  }

  /**
   * Ends a stream's message as `commit` ends a frame. Of those that lie here together only the first
   * of each stream counts: as long as one stream has the turn, nobody else waits for a write.
   */
  commitMessage(call: number, end: number, first: boolean): void {
    const { buffer, at } = this;
    writeU32(buffer, at, end - at - headBytes);
    buffer[at + 4] = kinds.data;
    writeU32(buffer, at + 5, call);
    this.at = end;
    if ((first && ++this.#frames >= fullFrames) || end >= fullMessages) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.timers.soon(this.#flush);
    }
  }

  /** A frame whose payload is a copy of `payload`. */
  frame(kind: number, call: number, payload: Uint8Array = nothing): void {
    const at = this.reserve(payload.length);
    this.buffer.set(payload, at);
    this.commit(kind, call, at + payload.length);
  }

  /** Writes what there is. */
  flush(): void {
    const { buffer, at, connection } = this;
    if (at === 0) return;
    this.at = this.#frames = 0;
    if (this.#closed) return;
    connection.write(at === buffer.length ? buffer : buffer.subarray(0, at));
    this.written += at;
    this.writes++;
    this.backlog = connection.queuedBytes;
    this.buffer = nothing;
    if (this.#queued.length < mostQueued) this.#queued.push(buffer);
    this.#reclaim();
  }

  /** Looks again how much is queued. */
  look(): number {
    this.backlog = this.#closed ? 0 : this.connection.queuedBytes;
    this.#reclaim();
    return this.backlog;
  }

  /** The system has copied what was written only when nothing is queued. */
  #reclaim(): void {
    if (this.backlog > 0 || this.#closed) return;
    for (let buffer = this.#queued.pop(); buffer; buffer = this.#queued.pop())
      this.pool.give(buffer);
  }

  /** Writes nothing more. */
  close(): void {
    this.#closed = true;
    this.at = 0;
    this.backlog = this.#queued.length = 0;
    this.pool.give(this.buffer);
    this.buffer = nothing;
  }
}

const nothing = Buffer.alloc(0);
