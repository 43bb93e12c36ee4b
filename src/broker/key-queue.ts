/**
 * A queue that lends out one item of a key at a time: the others of that key wait until it is given
 * back, and those of other keys pass. Items without a key never wait for each other. First in,
 * first out otherwise.
 */
export class KeyQueue<Item> {
  private readonly ready: Item[] = [];
  /** Keys with an item that is lent out or ready, and what waits behind it. */
  private readonly waiting = new Map<string, Item[]>();

  /** Adds an item at the end. */
  add(key: string | undefined, item: Item): void {
    const behind = key === undefined ? undefined : this.waiting.get(key);
    if (behind) {
      behind.push(item);
      return;
    }
    if (key !== undefined) this.waiting.set(key, []);
    this.ready.push(item);
  }

  /** Adds an item that was lent out and keeps its key; it comes before all others. */
  putBack(item: Item): void {
    this.ready.unshift(item);
  }

  /** Lends out the next item whose key is free. */
  next(): Item | undefined {
    return this.ready.shift();
  }

  /** Frees the key of an item that was lent out. */
  release(key: string | undefined): void {
    const behind = key === undefined ? undefined : this.waiting.get(key);
    if (key === undefined || !behind) return;
    const item = behind.shift();
    if (item === undefined) this.waiting.delete(key);
    else this.ready.push(item);
  }

  /** Forgets everything. */
  clear(): void {
    this.ready.length = 0;
    this.waiting.clear();
  }
}
