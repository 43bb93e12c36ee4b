/** Hands out the indices of inputs, and knows which of them are not done with. */
export class Inputs {
  /** Handed out and not done with. */
  readonly open = new Set<number>();
  /** The last ones that were done with, the latest last. */
  readonly recent: number[] = [];
  done = 0;
  #next: number;
  #stopped = false;

  constructor(
    private readonly from: number,
    private readonly to: number,
  ) {
    this.#next = from;
  }

  get count(): number {
    return this.to - this.from;
  }

  /** The next index, undefined after the last. */
  take(): number | undefined {
    if (this.#stopped || this.#next >= this.to) return undefined;
    const index = this.#next++;
    this.open.add(index);
    return index;
  }

  finish(index: number): void {
    this.open.delete(index);
    this.done++;
    if (this.recent.push(index) > 512) this.recent.splice(0, 256);
  }

  /** Hands out no more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Those that may be to blame for what happened just now. */
  get suspects(): readonly number[] {
    return [...this.recent.slice(-32), ...this.open].sort((one, other) => one - other);
  }
}
