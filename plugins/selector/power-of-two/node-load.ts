/** Milliseconds below which latencies count as equal: differences that small are chance. */
const leastMs = 1;

/** What is known of a node's load. */
export class NodeLoad {
  /** Calls drawn and not marked. */
  underWay = 0;
  #latencyMs = 0;
  #at = 0;

  constructor(
    /** When the node came, on the monotonic clock; long ago: `-Infinity`. */
    readonly since: number,
  ) {}

  /** How little it should be taken. */
  cost(now: number, decayMs: number): number {
    const latency = this.#latencyMs <= leastMs ? leastMs : this.#latency(now, decayMs);
    return Math.max(leastMs, latency) * (this.underWay + 1);
  }

  /** A latency was seen. One that is lower counts only if the node `answered`, and little by little. */
  observe(latencyMs: number, answered: boolean, now: number, decayMs: number): void {
    if (latencyMs >= this.#latencyMs || latencyMs >= this.#latency(now, decayMs)) {
      this.#latencyMs = latencyMs;
      this.#at = now;
    } else if (answered) {
      const share = Math.exp((this.#at - now) / decayMs);
      this.#latencyMs = latencyMs + (this.#latencyMs - latencyMs) * share;
      this.#at = now;
    }
  }

  /** Forgets what was seen; calls under way are still to be marked. */
  forget(): void {
    this.#latencyMs = 0;
  }

  #latency(now: number, decayMs: number): number {
    return this.#latencyMs * Math.exp((this.#at - now) / decayMs);
  }
}
