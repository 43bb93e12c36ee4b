import type { Environment, Timer } from "../base/environment.js";

/** Milliseconds between two looks at the clock while somebody asks. */
const everyMs = 10;

/**
 * How long what comes now had to wait for its turn. A timer says when the event loop last came round;
 * it runs only while somebody asks.
 */
export class LoopDelay {
  /** How late the event loop came round the last time, in milliseconds; 0 when nobody had asked for a while. */
  lastMs = 0;
  #dueAt = 0;
  #timer: Timer | undefined;
  #asked = false;

  constructor(private readonly environment: Pick<Environment, "clock" | "timers">) {}

  /** Milliseconds; 0 when nobody has asked for a while. */
  get ms(): number {
    const now = this.environment.clock.monotonic();
    if (!this.#timer) this.#wait(now);
    this.#asked = true;
    return Math.max(0, now - this.#dueAt);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(now: number): void {
    this.#dueAt = now + everyMs;
    this.#timer = this.environment.timers.after(everyMs, this.#look, { background: true });
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    const now = this.environment.clock.monotonic();
    this.lastMs = this.#asked ? Math.max(0, now - this.#dueAt) : 0;
    if (!this.#asked) return;
    this.#asked = false;
    this.#wait(now);
  };
}
