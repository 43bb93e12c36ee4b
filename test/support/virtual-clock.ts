import type { Clock, Timers } from "../../src/base/environment.js";

/** Turns of the event loop without any activity after which the world counts as settled. */
const quietTurns = 4;

/** The same between two timers, where only what this world runs can be under way. */
const quietTurnsBetween = 2;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Time that moves when it is told to. Timers of 0 milliseconds fire on a later turn by themselves. */
export class VirtualClock implements Clock {
  private pending: Pending[] = [];
  private order = 0;
  private activity = 0;
  private advancing: Promise<void> = Promise.resolve();

  /** `time` is the first value of `now()`, in milliseconds since the Unix epoch. */
  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  /** Timers that wait for this clock. */
  readonly timers: Timers = {
    after: (delayMs, callback) => {
      this.touch();
      if (delayMs <= 0) {
        const immediate = setImmediate(() => {
          this.touch();
          callback();
        });
        return { cancel: () => clearImmediate(immediate) };
      }
      const timer = { due: this.time + delayMs, order: this.order++, callback };
      this.pending.push(timer);
      return {
        cancel: () => {
          const index = this.pending.indexOf(timer);
          if (index >= 0) this.pending.splice(index, 1);
        },
      };
    },
    soon: (callback) => {
      this.touch();
      process.nextTick(callback);
    },
  };

  /** Time passes and nothing can happen meanwhile, as when the event loop is busy. */
  stall(ms: number): void {
    this.time += ms;
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.pending.length;
  }

  /** Says that something happened, so that settling goes on. */
  touch(): void {
    this.activity++;
  }

  /** Resolves when promises and deliveries have come to rest, with time standing still. */
  async settle(turns = quietTurns): Promise<void> {
    for (let quiet = 0; quiet < turns;) {
      const before = this.activity;
      await turn();
      quiet = this.activity === before ? quiet + 1 : 0;
    }
  }

  /**
   * Moves time by `ms` milliseconds: fires what is due in order of time, then of creation, and
   * settles before, between and after. @throws what a timer's callback throws.
   */
  advance(ms: number): Promise<void> {
    const run = this.advancing.then(() => this.moveTo(this.time + ms));
    this.advancing = run.catch(() => undefined);
    return run;
  }

  private async moveTo(target: number): Promise<void> {
    await this.settle();
    for (let next = this.earliest(); next && next.due <= target; next = this.earliest()) {
      this.pending.splice(this.pending.indexOf(next), 1);
      this.time = Math.max(this.time, next.due);
      next.callback();
      await this.settle(quietTurnsBetween);
    }
    this.time = target;
    await this.settle();
  }

  private earliest(): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.pending)
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order))
        first = timer;
    return first;
  }
}
