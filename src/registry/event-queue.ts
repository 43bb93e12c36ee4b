import { Unavailable } from "../base/errors.js";
import type { RegistryEvent, RegistryWatcher } from "./registry.js";

/** Events that may wait for a slow reader. */
const maxWaiting = 10_000;

/**
 * The events of one watch, in order, for one reader. Never drops one in silence: a reader that
 * falls 10,000 events behind loses the watch (`registry.watch-lost`) and has to list again.
 */
export class EventQueue implements RegistryWatcher {
  readonly #waiting: RegistryEvent[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  #error: Unavailable | undefined;

  constructor(private readonly release: () => void) {}

  push(event: RegistryEvent): void {
    if (this.#closed) return;
    if (this.#waiting.length >= maxWaiting) {
      const detail = `the reader of this watch is more than ${maxWaiting} events behind`;
      this.fail(new Unavailable(detail, { reason: "registry.watch-lost" }));
    } else {
      this.#waiting.push(event);
      this.#wake?.();
    }
  }

  /** Ends the watch with an error for its reader. */
  fail(error: Unavailable): void {
    this.#end(error);
  }

  async close(): Promise<void> {
    this.#end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RegistryEvent, void> {
    try {
      while (!this.#closed) {
        const event = this.#waiting.shift();
        if (event !== undefined) yield event;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      if (this.#error) throw this.#error;
    } finally {
      this.#end();
    }
  }

  #end(error?: Unavailable): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#waiting.length = 0;
    this.release();
    this.#wake?.();
  }
}
