import type { Timers } from "../base/environment.js";
import { TurnBudget } from "../base/turn-budget.js";

/** Bytes of large replies that a connection gets in a turn of the event loop. */
const turnBytes = 1_048_576;

/** Calls of one connection that wait for the next turn of the event loop: it has had enough large replies in this one. */
export class WaitingCalls {
  readonly #calls: (() => void)[] = [];
  readonly #budget: TurnBudget;

  /** Calls `none` when no call waits any more. */
  constructor(
    timers: Timers,
    private readonly none: () => void,
  ) {
    this.#budget = new TurnBudget(timers, turnBytes, () => this.#serve());
  }

  /** Whether there are any. */
  get some(): boolean {
    return this.#calls.length > 0;
  }

  /** Whether the next call should wait as well. */
  get full(): boolean {
    return this.#budget.spent || this.#calls.length > 0;
  }

  add(serve: () => void): void {
    this.#calls.push(serve);
  }

  /** Says that a reply of so many bytes has been made. */
  made(bytes: number): void {
    this.#budget.spend(bytes);
  }

  #serve(): void {
    if (!this.some) return;
    while (!this.#budget.spent) {
      const serve = this.#calls.shift();
      if (!serve) break;
      serve();
    }
    if (!this.some) this.none();
  }
}
