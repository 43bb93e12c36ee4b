import { maxCalls } from "./protocol.js";

/**
 * The open calls of a connection by number. A number is a place in a table and how often that place
 * was used before, so that what comes late for an earlier call finds nothing.
 */
export class CallsTable<T> {
  readonly #entries: (T | undefined)[] = [];
  readonly #numbers: number[] = [];
  readonly #free: number[] = [];
  size = 0;

  /** True when every place is taken. */
  get full(): boolean {
    return this.size >= maxCalls;
  }

  /** Puts a call at a free place; answers its number. */
  add(entry: T): number {
    const place = this.#free.pop() ?? this.#entries.length;
    // Below 2^31, where V8 keeps whole numbers as they are instead of in boxes.
    const number = ((this.#numbers[place] ?? place) + maxCalls) & 0x7fff_ffff;
    this.#numbers[place] = number;
    this.#entries[place] = entry;
    this.size++;
    return number;
  }

  get(number: number): T | undefined {
    const place = number & (maxCalls - 1);
    return this.#numbers[place] === number ? this.#entries[place] : undefined;
  }

  /** Takes a call out; undefined when there is none of that number. */
  take(number: number): T | undefined {
    const place = number & (maxCalls - 1);
    if (this.#numbers[place] !== number) return undefined;
    const entry = this.#entries[place];
    if (entry === undefined) return undefined;
    this.#entries[place] = undefined;
    this.#free.push(place);
    this.size--;
    return entry;
  }

  /** Takes out all. */
  clear(): T[] {
    const all = this.#entries.filter((entry) => entry !== undefined);
    this.#entries.length = this.#numbers.length = this.#free.length = this.size = 0;
    return all;
  }
}

/** Places that a peer may have handed out without telling. */
const mostAhead = 1_024;

/** The calls that a peer has open here, by the numbers that it chose. */
export class PeerCalls<T> {
  readonly #entries: (T | undefined)[] = [];
  readonly #numbers: number[] = [];
  size = 0;

  /** Puts a call at its place; false when that is taken, or far off. */
  set(number: number, entry: T): boolean {
    const place = number & (maxCalls - 1);
    // Peers fill their table from the start, so no honest number lies far beyond those seen before.
    if (place > this.#entries.length + mostAhead) return false;
    while (this.#entries.length <= place) {
      this.#entries.push(undefined);
      this.#numbers.push(0);
    }
    if (this.#entries[place] !== undefined) return false;
    this.#entries[place] = entry;
    this.#numbers[place] = number;
    this.size++;
    return true;
  }

  /** Puts another in the place of a call that is there. */
  replace(number: number, entry: T): void {
    if (this.get(number) !== undefined) this.#entries[number & (maxCalls - 1)] = entry;
  }

  get(number: number): T | undefined {
    const place = number & (maxCalls - 1);
    return this.#numbers[place] === number ? this.#entries[place] : undefined;
  }

  /** Takes a call out; undefined when there is none of that number. */
  take(number: number): T | undefined {
    const entry = this.get(number);
    if (entry === undefined) return undefined;
    this.#entries[number & (maxCalls - 1)] = undefined;
    this.size--;
    return entry;
  }

  /** Takes out all. */
  clear(): T[] {
    const all = this.#entries.filter((entry) => entry !== undefined);
    this.#entries.length = this.#numbers.length = this.size = 0;
    return all;
  }
}
