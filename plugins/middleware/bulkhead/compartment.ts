import { Pace } from "./pace.js";

/** Whoever waits for a place. */
interface Waiting {
  /** The place is theirs. */
  enter(): void;
  /** Gives up whoever would not be done in time; false for whoever still may. */
  leaveIfLate(): boolean;
}

/** Places for so many at once, and a line of those who wait for one. */
export class Compartment {
  #inside = 0;
  readonly #line = new Set<Waiting>();
  readonly #pace = new Pace();

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

  /** Milliseconds until whoever joins the line now has had its turn and is done, at best; 0 while unknown. */
  get doneInMs(): number {
    const { meanMs, leastMs } = this.#pace.stay;
    return ((this.#line.size + 1) * meanMs) / this.places + leastMs;
  }

  /** Takes a place if there is one. */
  tryEnter(): boolean {
    if (this.#inside >= this.places) return false;
    this.#inside++;
    return true;
  }

  /**
   * Resolves with a place, first come first served. @throws the signal's reason, and what `late` gives
   * when the turn comes with less than `remainingMs` left than any of the latest took; both without a place.
   */
  wait(signal: AbortSignal, remainingMs: () => number, late: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener("abort", abort);
        this.#line.delete(waiting);
      };
      const waiting: Waiting = {
        enter: () => {
          leave();
          resolve();
        },
        leaveIfLate: () => {
          if (remainingMs() >= this.#pace.stay.leastMs) return false;
          leave();
          reject(late());
          return true;
        },
      };
      const abort = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener("abort", abort, { once: true });
      this.#line.add(waiting);
    });
  }

  /** Gives the place back after `ms` milliseconds, or on to the first of the line who can still use it. */
  leave(ms: number): void {
    this.#pace.add(ms);
    for (const waiting of this.#line) {
      if (waiting.leaveIfLate()) continue;
      waiting.enter();
      return;
    }
    this.#inside--;
  }
}
