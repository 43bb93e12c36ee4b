/** Places for so many at once, and a line of those who wait for one. */
export class Compartment {
  #inside = 0;
  readonly #line = new Set<() => void>();

  constructor(
    private readonly places: number,
    private readonly mostWaiting: number,
  ) {}

  /** Nobody is inside, and so nobody waits. */
  get empty(): boolean {
    return this.#inside === 0;
  }

  /** No place in the line either. */
  get full(): boolean {
    return this.#line.size >= this.mostWaiting;
  }

  /** Takes a place if there is one. */
  tryEnter(): boolean {
    if (this.#inside >= this.places) return false;
    this.#inside++;
    return true;
  }

  /** Resolves with a place, first come first served. @throws the signal's reason, without one. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = (): void => {
        this.#line.delete(enter);
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener("abort", abort, { once: true });
      this.#line.add(enter);
    });
  }

  /** Gives the place back, or on to the first of the line. */
  leave(): void {
    const [first] = this.#line;
    if (!first) {
      this.#inside--;
      return;
    }
    this.#line.delete(first);
    first();
  }
}
