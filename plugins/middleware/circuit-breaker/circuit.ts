import type { Clock } from "../../../src/spi.js";

/** When a circuit opens, and for how long. */
export interface CircuitRule {
  readonly failureRate: number;
  readonly calls: number;
  readonly windowMs: number;
  readonly openMs: number;
}

/**
 * Counts how the calls to one endpoint end. Closed it lets all pass; open, none; half open, one, whose
 * outcome decides.
 */
export class Circuit {
  #windowFrom: number;
  #calls = 0;
  #failures = 0;
  /** Open until then; undefined while closed. */
  #openUntil: number | undefined;
  #probing = false;

  constructor(
    private readonly clock: Clock,
    private readonly rule: CircuitRule,
  ) {
    this.#windowFrom = clock.monotonic();
  }

  /** Whether a call may be made; its end must be told then. */
  enter(): boolean {
    if (this.#openUntil === undefined) return true;
    if (this.#probing || this.clock.monotonic() < this.#openUntil) return false;
    return (this.#probing = true);
  }

  /** Milliseconds until a call is let through again; 0 while closed. */
  get waitMs(): number {
    return Math.max(0, (this.#openUntil ?? 0) - this.clock.monotonic());
  }

  succeeded(): void {
    if (this.#openUntil === undefined) this.#count(false);
    else if (this.#probing) this.#close();
  }

  /** Answers whether this opened it. */
  failed(): boolean {
    if (this.#openUntil !== undefined) {
      // Calls from before it opened tell nothing new.
      if (!this.#probing) return false;
      this.#probing = false;
      this.#openUntil = this.clock.monotonic() + this.rule.openMs;
      return true;
    }
    this.#count(true);
    const { calls, failureRate, openMs } = this.rule;
    if (this.#calls < calls || this.#failures < failureRate * this.#calls) return false;
    this.#openUntil = this.clock.monotonic() + openMs;
    return true;
  }

  /** The call ended in a way that tells nothing. */
  unknown(): void {
    this.#probing = false;
  }

  #count(failed: boolean): void {
    const now = this.clock.monotonic();
    if (now - this.#windowFrom >= this.rule.windowMs) {
      this.#windowFrom = now;
      this.#calls = this.#failures = 0;
    }
    this.#calls++;
    if (failed) this.#failures++;
  }

  #close(): void {
    this.#probing = false;
    this.#openUntil = undefined;
    this.#windowFrom = this.clock.monotonic();
    this.#calls = this.#failures = 0;
  }
}
