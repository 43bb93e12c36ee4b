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

/**
 * Finds out about a peer that is gone without a word, as after a power cut, while something is awaited of
 * it, or was awaited in vain since it was last heard.
 */
export class LifeSigns {
  #quietTimes = 0;
  #heard = false;
  #timer: Timer | undefined;

  constructor(
    private readonly timers: Timers,
    private readonly quietMs: number,
    private readonly watched: Watched,
  ) {}

  /** Something came. */
  heard(): void {
    this.#quietTimes = 0;
    this.#heard = true;
  }

  /** Something is awaited from now on. */
  watch(): void {
    if (this.#timer) return;
    this.#heard = false;
    this.#timer = this.timers.after(this.quietMs, () => this.#look(), { background: true });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    this.#timer = undefined;
    if (!this.watched.waiting && this.#heard) return;
    this.#quietTimes++;
    if (this.#quietTimes > 2) {
      this.watched.silent(3 * this.quietMs);
      return;
    }
    if (this.#quietTimes > 1) this.watched.ask();
    this.watch();
  }
}
