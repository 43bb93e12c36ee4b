import type { BodyWriter } from "../codec/codec.js";
import type { LaneStream } from "./lane.js";

/**
 * Sends what an iterator gives, as fast as the receiver takes it. With credit left, a message costs
 * no promise but the iterator's own.
 */
export class StreamSender {
  #iterator: AsyncIterator<unknown> | undefined;
  #go: (() => void) | undefined;

  constructor(
    private readonly stream: LaneStream,
    private readonly writer: BodyWriter,
    /** Called before the first message goes out. */
    private beforeFirst?: () => void,
  ) {}

  /**
   * True when all was sent, false when the stream was over before. The iterator is ended unless it
   * ended itself. @throws what the iterator and the writer throw.
   */
  async send(items: AsyncIterable<unknown>): Promise<boolean> {
    const { stream, writer } = this;
    const iterator = (this.#iterator = items[Symbol.asyncIterator]());
    try {
      for (;;) {
        const next = await iterator.next();
        if (stream.over) return false;
        if (next.done) {
          this.#iterator = undefined;
          return true;
        }
        if (!stream.ready) {
          await new Promise<void>((go) => (this.#go = go));
          if (stream.over) return false;
        }
        if (this.beforeFirst) {
          this.beforeFirst();
          this.beforeFirst = undefined;
        }
        stream.send(writer, next.value);
      }
    } finally {
      this.#end();
    }
  }

  /** The stream is ready. */
  credit(): void {
    const go = this.#go;
    this.#go = undefined;
    go?.();
  }

  /** The stream is over: ends the iterator, and the waiting for credit. */
  stop(): void {
    // One that waits goes on where it is, and so in its own surroundings.
    if (this.#go) this.credit();
    else this.#end();
  }

  /** A generator that waits for something cannot be ended before that settles; it is not waited for. */
  #end(): void {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    if (iterator?.return) void endQuietly(iterator);
  }
}

async function endQuietly(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Nobody is left to tell.
  }
}
