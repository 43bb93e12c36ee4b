/** What a {@link RetryBudget} allows. */
export interface RetryBudgetOptions {
  /** Retries that may be in hand however few calls there are. Default 10. */
  readonly least?: number;
  /** Retries that each call earns. Default 0.1. */
  readonly perCall?: number;
  /** Milliseconds of calls, at their latest rate, whose earnings may be in hand. Default 10,000. */
  readonly overMs?: number;
}

/** Milliseconds over which the rate of calls is taken. */
const rateMs = 1_000;

/**
 * Caps retries and hedges to a share of the traffic: each call earns a tenth of a retry. In hand are at most ten, or
 * what the calls of ten seconds earn, whichever is more, so that what is lost with a busy node may be
 * made again at once (as in Finagle's budgets): a burst is allowed, a storm is not.
 */
export class RetryBudget {
  readonly #least: number;
  readonly #perCall: number;
  readonly #overMs: number;
  #most: number;
  #tokens: number;
  /** Calls since the rate was last taken, and when that was. */
  #calls = 0;
  #rateAt = -Infinity;

  constructor({ least = 10, perCall = 0.1, overMs = 10_000 }: RetryBudgetOptions = {}) {
    this.#least = this.#most = this.#tokens = least;
    this.#perCall = perCall;
    this.#overMs = overMs;
  }

  /** A call was made, at `now` on the monotonic clock. */
  earn(now: number): void {
    if (now - this.#rateAt >= rateMs) this.#takeRate(now);
    this.#calls++;
    if (this.#tokens < this.#most)
      this.#tokens = Math.min(this.#most, this.#tokens + this.#perCall);
  }

  /** Takes one retry if there is one. */
  spend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Gives back one that was taken and not made. */
  refund(): void {
    this.#tokens = Math.min(this.#most, this.#tokens + 1);
  }

  #takeRate(now: number): void {
    const perMs = this.#calls / (now - this.#rateAt);
    this.#most = Math.max(this.#least, perMs * this.#overMs * this.#perCall);
    this.#tokens = Math.min(this.#tokens, this.#most);
    this.#calls = 0;
    this.#rateAt = now;
  }
}
