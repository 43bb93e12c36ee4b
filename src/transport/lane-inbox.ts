import type { BodyReader } from "../codec/codec.js";
import type { LaneStream } from "./lane.js";

/** Hears that the reader has got everything. */
export interface InboxEnd {
  /** The reader learns now that the stream ended well. */
  ended(): void;
  /** The reader is going to get this error; answers the one that it gets. */
  failed(error: unknown): unknown;
}

interface Waiting {
  readonly resolve: (result: IteratorResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** Read values after which the queue is moved to its front. */
const manyRead = 1_024;

/**
 * The values of a stream that came and wait for their reader. What was read is told to the stream,
 * which lets the peer send more: a reader that does not read bounds what is here.
 */
export class LaneInbox implements AsyncIterableIterator<unknown> {
  /** Hears of the end once, when the reader does. */
  end: InboxEnd | undefined;
  /** The stream that is read; set before anything comes. */
  stream: LaneStream | undefined;
  #values: unknown[] = [];
  /** The length of each value in bytes. */
  #lengths: number[] = [];
  /** Values that were read. */
  #read = 0;
  #waiting: Waiting[] | undefined;
  /** Nothing more will come. */
  #closed = false;
  #error: unknown;
  /** The reader was told. */
  #told = false;

  constructor(private readonly reader: BodyReader) {}

  /** A message came. @throws what the reader of bodies throws. */
  put(bytes: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    const value = this.reader(bytes, start, end);
    const waiting = this.#waiting?.shift();
    if (!waiting) {
      this.#values.push(value);
      this.#lengths.push(end - start);
      return;
    }
    this.stream!.took(end - start);
    waiting.resolve({ done: false, value });
  }

  /** Nothing more comes: the reader learns that, or the error, after what is here. */
  close(error?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    for (const { resolve, reject } of waiting) this.#tell(resolve, reject);
  }

  /** Nothing more comes, and what is here is not wanted any more. */
  drop(error?: unknown): void {
    this.#values = [];
    this.#lengths = [];
    this.#read = 0;
    if (this.#closed && !this.#told) this.#error = error;
    this.close(error);
  }

  next(): Promise<IteratorResult<unknown>> {
    const at = this.#read;
    if (at < this.#values.length) {
      const value = this.#values[at];
      const bytes = this.#lengths[at]!;
      this.#values[at] = undefined;
      this.#read = at + 1;
      if (this.#read === this.#values.length || this.#read === manyRead) this.#front();
      this.stream!.took(bytes);
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      if (this.#closed) this.#tell(resolve, reject);
      else (this.#waiting ??= []).push({ resolve, reject });
    });
  }

  /** The reader leaves. */
  return(): Promise<IteratorResult<unknown>> {
    this.#told = true;
    this.drop();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Forgets what was read. */
  #front(): void {
    if (this.#read === this.#values.length) this.#values.length = this.#lengths.length = 0;
    else {
      this.#values.splice(0, this.#read);
      this.#lengths.splice(0, this.#read);
    }
    this.#read = 0;
  }

  /** Tells a reader of the end; of an error only the first. */
  #tell(resolve: Waiting["resolve"], reject: Waiting["reject"]): void {
    const error = this.#told ? undefined : this.#error;
    if (!this.#told) {
      this.#told = true;
      if (error === undefined) this.end?.ended();
      else {
        reject(this.end ? this.end.failed(error) : error);
        return;
      }
    }
    resolve({ done: true, value: undefined });
  }
}
