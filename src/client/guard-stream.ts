import { Canceled } from "../base/errors.js";
import type { CallContext } from "../call/context.js";
import type { ClientStream } from "../call/client-of.js";
import { orCancelled } from "../call/or-cancelled.js";
import { inBegunCall } from "./begun-call.js";
import { canBeWatched, watch, type ReplyWatcher, type WatchedReplies } from "./watched-replies.js";

/** A stream that has been opened. */
export interface OpenStream {
  readonly replies: Promise<AsyncIterable<unknown>>;
  readonly context: CallContext;
  /** It was opened while a call was being served. */
  readonly nested: boolean;
  /** Unties the context from what could cancel it. */
  readonly end: () => void;
}

const closed = (): Canceled =>
  new Canceled("the stream was closed by its reader", {
    id: "plugboard.client",
    reason: "client.canceled",
    retry: "never",
  });

/**
 * The reader's side of a stream: opens it on the first `next`, ends it once, whichever way: the
 * last reply, an error, cancellation, `close`, or leaving the loop. Read by one reader.
 */
export const guardStream = (open: () => OpenStream): ClientStream<unknown> =>
  new GuardedStream(open);

class GuardedStream implements ClientStream<unknown>, AsyncIterator<unknown>, ReplyWatcher {
  #stream: OpenStream | undefined;
  #iterator: AsyncIterator<unknown> | undefined;
  /** The iterator, when it needs no guard for each reply. */
  #watched: WatchedReplies | undefined;
  #done = false;

  constructor(private readonly open: () => OpenStream) {}

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.#watched && !this.#done ? this.#watched.next() : this.#next();
  }

  async return(): Promise<IteratorResult<unknown>> {
    await this.close();
    return { done: true, value: undefined };
  }

  async close(): Promise<void> {
    if (this.#done) return;
    this.ended();
    this.#stream?.context.scope.cancel(closed());
    await this.#iterator?.return?.();
  }

  ended(): void {
    if (this.#done) return;
    this.#done = true;
    this.#stream?.end();
  }

  failed(error: unknown): unknown {
    this.ended();
    return this.#stream?.nested ? inBegunCall(error) : error;
  }

  async #next(): Promise<IteratorResult<unknown>> {
    if (this.#done) return { done: true, value: undefined };
    try {
      const stream = (this.#stream ??= this.open());
      const iterator = (this.#iterator ??= (await stream.replies)[Symbol.asyncIterator]());
      if (canBeWatched(iterator)) {
        iterator[watch](this);
        this.#watched = iterator;
        return await iterator.next();
      }
      const result = await orCancelled(stream.context, iterator.next());
      if (result.done) this.ended();
      return result;
    } catch (error) {
      if (this.#watched) throw error; // it has told
      void Promise.resolve(this.#iterator?.return?.()).catch(() => {});
      throw this.failed(error);
    }
  }
}
