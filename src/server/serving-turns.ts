import type { Timers } from "../base/environment.js";
import { TurnBudget } from "../base/turn-budget.js";

/** Bytes of large replies that a connection gets in a turn of the event loop: about what the system's buffers take. */
const turnBytes = 262_144;

/**
 * The calls of one connection, served one after the other, and few in a turn of the event loop where their replies are
 * large: so its caller holds up nobody on other connections, and one who has gone is noticed before the next reply is
 * made for it. A call that waits for something else holds up no other.
 */
export class ServingTurns {
  #serving = false;
  /** Calls whose turn is to come, the oldest first. */
  readonly #waiting: (() => void)[] = [];
  readonly #budget: TurnBudget;

  constructor(private readonly timers: Timers) {
    this.#budget = new TurnBudget(timers, turnBytes, () => {
      if (this.#serving) this.#next();
    });
  }

  /** Serves a call, in the order of coming. */
  run(serve: () => void): void {
    if (this.#serving) {
      this.#waiting.push(serve);
      return;
    }
    this.#serving = true;
    this.#serve(serve);
  }

  /** Says that a reply of so many bytes has been made. */
  made(bytes: number): void {
    this.#budget.spend(bytes);
  }

  #serve(serve: () => void): void {
    // Its reply may be some promises away; and whatever becomes of it, the next one has its turn.
    void settled.then(this.#settle);
    serve();
  }

  readonly #settle = (): void => this.timers.soon(this.#next);

  readonly #next = (): void => {
    if (this.#budget.spent) return;
    const serve = this.#waiting.shift();
    if (serve) this.#serve(serve);
    else this.#serving = false;
  };
}

const settled = Promise.resolve();
