/** A stream of requests that tells whether anybody has begun to read it; from then on it cannot be sent again. */
export class ReadOnce implements AsyncIterable<unknown> {
  #begun = false;

  constructor(private readonly items: AsyncIterable<unknown>) {}

  get begun(): boolean {
    return this.#begun;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    this.#begun = true;
    return this.items[Symbol.asyncIterator]();
  }
}
