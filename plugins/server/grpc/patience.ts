import type { Environment, Timer } from "../../../src/spi.js";

/** Waits for things to go away by themselves, and gives them up when they stay. */
export class Patience<T> {
  readonly #waiting = new Set<T>();
  #timer: Timer | undefined;

  /** What stays for `ms` milliseconds, twice that at most, is handed to `giveUp`. */
  constructor(
    private readonly timers: Environment["timers"],
    private readonly ms: number,
    private readonly giveUp: (item: T) => void,
  ) {}

  add(item: T): void {
    this.#waiting.add(item);
    this.#timer ??= this.#lookAgain(new Set());
  }

  delete(item: T): void {
    this.#waiting.delete(item);
  }

  close(): void {
    this.#timer?.cancel();
    this.#waiting.clear();
  }

  #lookAgain(before: ReadonlySet<T>): Timer {
    const look = (): void => {
      for (const item of before) if (this.#waiting.delete(item)) this.giveUp(item);
      this.#timer = this.#waiting.size > 0 ? this.#lookAgain(new Set(this.#waiting)) : undefined;
    };
    return this.timers.after(this.ms, look, { background: true });
  }
}
