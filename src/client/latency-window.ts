/** Latencies that are kept. */
const size = 200;
/** Latencies that have to be known before a percentile says anything. */
const least = 50;
/** New latencies after which a percentile is taken anew. */
const stale = 20;

/** The latest latencies of one endpoint. */
export class LatencyWindow {
  readonly #latest = new Float64Array(size);
  #count = 0;
  #sorted: Float64Array | undefined;
  /** Those that came since. */
  #unsorted = 0;

  /** A call took `ms` milliseconds, or longer if that is above the percentile that is asked for. */
  add(ms: number): void {
    this.#latest[this.#count++ % size] = ms;
    if (++this.#unsorted >= stale) this.#sorted = undefined;
  }

  /** Milliseconds that `percent` percent did not exceed; undefined while too few are known. */
  percentile(percent: number): number | undefined {
    if (this.#count < least) return undefined;
    if (!this.#sorted) {
      this.#sorted = this.#latest.slice(0, Math.min(this.#count, size)).sort();
      this.#unsorted = 0;
    }
    return this.#sorted[Math.floor((this.#sorted.length * percent) / 100)];
  }
}
