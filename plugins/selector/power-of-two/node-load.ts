/** Milliseconds below which latencies count as equal: differences that small are chance. */
const leastMs = 1;

/** Milliseconds without an answer, and multiple of the latency, after which a node counts as silent. */
const silentMs = 500;
const silentLatencies = 4;
/** Milliseconds after which silence is no news: who calls here may wait for something that takes its time. */
const forgottenMs = 10_000;

/** What is known of a node's load. */
export class NodeLoad {
  /** Calls drawn and not marked. */
  underWay = 0;
  /** When the first call was drawn since the last answer; -1 when none was. */
  #awaitedSince = -1;
  /** Milliseconds from then on after which the node counts as silent. */
  #patienceMs = silentMs;
  #latencyMs = 0;
  #at = 0;

  constructor(
    /** When the node came, on the monotonic clock; long ago: `-Infinity`. */
    readonly since: number,
  ) {}

  /** A call was drawn for it. */
  draw(now: number): void {
    this.underWay++;
    if (this.#awaitedSince >= 0 && now - this.#awaitedSince <= forgottenMs) return;
    this.#awaitedSince = now;
    this.#patienceMs = Math.max(silentMs, silentLatencies * this.#latencyMs);
  }

  /** Whether it has not answered any call for longer than it should take. */
  isSilent(now: number): boolean {
    const ms = now - this.#awaitedSince;
    return this.#awaitedSince >= 0 && ms > this.#patienceMs && ms <= forgottenMs;
  }

  /** How little it should be taken. */
  cost(now: number, decayMs: number): number {
    const latency = this.#latencyMs <= leastMs ? leastMs : this.#latency(now, decayMs);
    return Math.max(leastMs, latency) * (this.underWay + 1);
  }

  /** A latency was seen. One that is lower counts only if the node `answered`, and little by little. */
  observe(latencyMs: number, answered: boolean, now: number, decayMs: number): void {
    if (answered) this.#awaitedSince = -1;
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
