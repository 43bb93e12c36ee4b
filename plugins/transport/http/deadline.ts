import type { Environment, Timer } from "../../../src/spi.js";

/**
 * One time limit that is set again and again. Setting a later one costs a reading of the clock: the
 * timer underneath is moved when it fires, not when the limit does.
 */
export class Deadline {
  private due: number | undefined;
  private timer: Timer | undefined;
  private timerDue = 0;

  constructor(
    private readonly environment: Pick<Environment, "clock" | "timers">,
    private readonly expired: () => void,
  ) {}

  /** Calls `expired` in `ms` milliseconds, unless set anew or cleared. */
  set(ms: number): void {
    const now = this.environment.clock.monotonic();
    this.due = now + ms;
    if (this.timer && this.timerDue <= this.due) return;
    this.timer?.cancel();
    this.arm(ms, now);
  }

  /** Takes the limit away. */
  clear(): void {
    this.due = undefined;
  }

  /** Takes the limit and its timer away. */
  dispose(): void {
    this.due = undefined;
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(ms: number, now: number): void {
    this.timerDue = now + ms;
    this.timer = this.environment.timers.after(Math.max(1, Math.ceil(ms)), () => this.fire(), {
      background: true,
    });
  }

  private fire(): void {
    this.timer = undefined;
    if (this.due === undefined) return;
    const now = this.environment.clock.monotonic();
    if (now < this.due) {
      this.arm(this.due - now, now);
      return;
    }
    this.due = undefined;
    this.expired();
  }
}
