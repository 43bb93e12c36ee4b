/** Microseconds below which latencies count as equal: differences that small are chance. */
const leastUs = 1_000;

/** Milliseconds without an answer, and multiple of the latency, after which a node counts as silent. */
const silentMs = 500;
const silentLatencies = 4;
/** Milliseconds after which silence is no news: who calls here may wait for something that takes its time. */
const forgottenMs = 10_000;

/**
 * What is known of a node's load. Whole numbers only: they lie in the object itself, not each in a
 * box elsewhere in memory, which counts where there are thousands of nodes.
 */
export class NodeLoad {
  /** Calls drawn and not marked. */
  underWay = 0;
  /** When the first call was drawn since the last answer; -1 when none was. */
  #awaitedSince = -1;
  /** Milliseconds from then on after which the node counts as silent. */
  #patienceMs = silentMs;
  #latencyUs = 0;
  /** When that was seen, milliseconds. */
  #at = 0;

  constructor(
    /** When the node came, in milliseconds on the strategy's clock; undefined: long ago. */
    readonly since: number | undefined,
  ) {}

  /** A call was drawn for it. */
  draw(now: number): void {
    this.underWay++;
    if (this.#awaitedSince >= 0 && now - this.#awaitedSince <= forgottenMs) return;
    this.#awaitedSince = now;
    this.#patienceMs = Math.max(silentMs, Math.round((silentLatencies * this.#latencyUs) / 1_000));
  }

  /** Whether it has not answered any call for longer than it should take. */
  isSilent(now: number): boolean {
    const ms = now - this.#awaitedSince;
    return this.#awaitedSince >= 0 && ms > this.#patienceMs && ms <= forgottenMs;
  }

  /** How little it should be taken. */
  cost(now: number, decayMs: number): number {
    const latency =
      this.#latencyUs <= leastUs ? leastUs : this.#latencyUs * decay(now - this.#at, decayMs);
    return Math.max(leastUs, latency) * (this.underWay + 1);
  }

  /** A latency was seen. One that is lower counts only if the node `answered`, and little by little. */
  observe(latencyMs: number, answered: boolean, now: number, decayMs: number): void {
    if (answered) this.#awaitedSince = -1;
    const us = Math.round(latencyMs * 1_000);
    if (us >= this.#latencyUs || us >= this.#latencyUs * decay(now - this.#at, decayMs)) {
      this.#latencyUs = us;
      this.#at = now;
    } else if (answered) {
      const share = decay(now - this.#at, decayMs);
      this.#latencyUs = Math.round(us + (this.#latencyUs - us) * share);
      this.#at = now;
    }
  }

  /** Forgets what was seen; calls under way are still to be marked. */
  forget(): void {
    this.#latencyUs = 0;
  }
}

/** How much of a latency still counts after so many milliseconds. */
const decay = (ms: number, decayMs: number): number => Math.exp(-ms / decayMs);
