import type { Tally } from "./child-messages.js";

/** Counts what came of calls. */
export class CallTally {
  #calls = 0;
  #failed = 0;
  #worstMs = 0;
  readonly #faults = new Map<string, number>();

  /** Makes a call that must succeed. */
  async count(call: () => Promise<void>): Promise<void> {
    const began = performance.now();
    try {
      await call();
    } catch (error) {
      this.fault(error instanceof Error ? error.message : String(error));
      this.#failed++;
    }
    this.#calls++;
    this.#worstMs = Math.max(this.#worstMs, performance.now() - began);
  }

  /** Counts a call that may fail. */
  settled(ok: boolean, tookMs: number): void {
    this.#calls++;
    if (!ok) this.#failed++;
    this.#worstMs = Math.max(this.#worstMs, tookMs);
  }

  /** Notes what should not have been. */
  fault(text: string): void {
    if (this.#faults.size < 20 || this.#faults.has(text))
      this.#faults.set(text, (this.#faults.get(text) ?? 0) + 1);
  }

  take(): Tally {
    return {
      calls: this.#calls,
      failed: this.#failed,
      faults: [...this.#faults].map(([text, times]) => `${text} (${times} times)`),
      worstMs: Math.round(this.#worstMs),
    };
  }
}
