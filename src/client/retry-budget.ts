/**
 * Caps retries and hedges to a share of the traffic: each call earns a tenth of a retry, up to ten in hand.
 * The shape is gRPC's retry throttling (gRFC A6): a burst is allowed, a storm is not.
 */
export class RetryBudget {
  readonly #most: number;
  readonly #perCall: number;
  #tokens: number;

  constructor({
    most = 10,
    perCall = 0.1,
  }: { readonly most?: number; readonly perCall?: number } = {}) {
    this.#most = most;
    this.#perCall = perCall;
    this.#tokens = most;
  }

  /** A call was made. */
  earn(): void {
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
}
