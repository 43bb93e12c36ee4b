import { now } from "../support/now.js";

/** Counts of streams in the hands of handlers. */
export interface StreamCounts {
  readonly begun: number;
  readonly open: number;
  /** When the last one ended, in milliseconds since the epoch; 0 while none has. */
  readonly lastEndAt: number;
}

/** Keeps count of the handlers that have a stream in hand. */
export class StreamLedger {
  #begun = 0;
  #open = 0;
  #lastEndAt = 0;

  get counts(): StreamCounts {
    return { begun: this.#begun, open: this.#open, lastEndAt: this.#lastEndAt };
  }

  begin(): void {
    this.#begun++;
    this.#open++;
  }

  end(): void {
    this.#open--;
    this.#lastEndAt = now();
  }
}
