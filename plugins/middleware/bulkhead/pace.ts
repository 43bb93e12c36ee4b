/** Stays that are kept. */
const size = 32;
/** Stays that have to be known before they say anything. */
const enough = 8;

/** How long the calls of a compartment stay, from the latest ones. */
export class Pace {
  readonly #stays = new Float64Array(size);
  #count = 0;

  /** A call has stayed for `ms` milliseconds. */
  add(ms: number): void {
    this.#stays[this.#count++ % size] = ms;
  }

  /** Mean and shortest stay in milliseconds; both 0 while too few are known. */
  get stay(): { readonly meanMs: number; readonly leastMs: number } {
    if (this.#count < enough) return { meanMs: 0, leastMs: 0 };
    const stays = this.#stays.subarray(0, Math.min(this.#count, size));
    let sum = 0;
    let leastMs = Infinity;
    for (const ms of stays) {
      sum += ms;
      if (ms < leastMs) leastMs = ms;
    }
    return { meanMs: sum / stays.length, leastMs };
  }
}
