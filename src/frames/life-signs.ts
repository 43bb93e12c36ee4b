import type { Timer, Timers } from "../base/environment.js";

/** What watches over a connection ask of it. */
export interface Watched {
  /** Something is awaited of the peer. */
  readonly waiting: boolean;
  /** Asks the peer for a sign of life. */
  ask(): void;
  /** The peer is gone without a word. */
  silent(ms: number): void;
}

/** Finds out about a peer that is gone without a word, as after a power cut, while something is awaited of it. */
export class LifeSigns {
  #quietTimes = 0;
  #timer: Timer | undefined;

  constructor(
    private readonly timers: Timers,
    private readonly quietMs: number,
    private readonly watched: Watched,
  ) {}

  /** Something came. */
  heard(): void {
    this.#quietTimes = 0;
  }

  /** Something is awaited from now on. */
  watch(): void {
    this.#timer ??= this.timers.after(this.quietMs, () => this.#look(), { background: true });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    this.#timer = undefined;
    if (!this.watched.waiting) return;
    this.#quietTimes++;
    if (this.#quietTimes > 2) {
      this.watched.silent(3 * this.quietMs);
      return;
    }
    if (this.#quietTimes > 1) this.watched.ask();
    this.watch();
  }
}
