/** Milliseconds that the shortest and the longest wait for an answer take. */
const [least, most] = [15, 5_000];

/** How long to wait for an answer before it is taken for none: several times what others took just now. */
export class Patience {
  #averageMs = 100;

  get ms(): number {
    return Math.min(most, Math.max(least, 3 * this.#averageMs));
  }

  /** Something was answered, or closed, after so long. */
  learn(tookMs: number): void {
    this.#averageMs += (tookMs - this.#averageMs) / 16;
  }
}
