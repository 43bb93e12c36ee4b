import type { Timers } from "./environment.js";

/** Bytes of a reply that counts; smaller ones cost nothing. */
const leastBytes = 16_384;

/** Bytes of large replies that may be made in one turn of the event loop, for one connection. */
export class TurnBudget {
  #bytes = 0;

  /** Calls `turned` in each turn that follows one with large replies. */
  constructor(
    private readonly timers: Timers,
    private readonly mostBytes: number,
    private readonly turned: () => void,
  ) {}

  /** Whether no more should be made in this turn. */
  get spent(): boolean {
    return this.#bytes >= this.mostBytes;
  }

  /** Says that a reply of so many bytes has been made. */
  spend(bytes: number): void {
    if (bytes < leastBytes) return;
    if (this.#bytes === 0) this.timers.after(0, this.#turn);
    this.#bytes += bytes;
  }

  readonly #turn = (): void => {
    this.#bytes = 0;
    this.turned();
  };
}
