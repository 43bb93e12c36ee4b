import type { Message } from "../../../src/spi.js";

/** Messages on their way to one reader, who asks for one at a time. */
export class MessageQueue {
  #items: Message[] = [];
  #ended: { readonly error: Error | undefined } | undefined;
  #reader: { readonly resolve: (message?: Message) => void; readonly reject: (error: Error) => void } | undefined;

  get length(): number {
    return this.#items.length;
  }

  push(message: Message): void {
    if (this.#ended) return;
    const reader = this.#reader;
    if (!reader) {
      this.#items.push(message);
      return;
    }
    this.#reader = undefined;
    reader.resolve(message);
  }

  /** Nothing follows: readers get what is queued, then undefined, or the error. Only the first call counts. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = { error };
    const reader = this.#reader;
    this.#reader = undefined;
    if (error) reader?.reject(error);
    else reader?.resolve();
  }

  take(): Promise<Message | undefined> {
    const next = this.#items.shift();
    if (next) return Promise.resolve(next);
    if (this.#ended) return this.#ended.error ? Promise.reject(this.#ended.error) : Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }
}
