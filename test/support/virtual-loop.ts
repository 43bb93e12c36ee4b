import type { Timer, Timers } from "../../src/base/environment.js";
import type { VirtualClock } from "./virtual-clock.js";
import type { VirtualTrace } from "./virtual-trace.js";

/**
 * The event loop of one virtual process: everything that comes from outside, timers and network, goes
 * through it. Paused, as by SIGSTOP, it keeps what comes until it goes on; ended, as by SIGKILL,
 * it throws that away. Promises that others settle go on in either case.
 */
export class VirtualLoop {
  /** Nothing runs here any more. */
  ended = false;
  paused = false;
  #waiting: (() => void)[] = [];
  #catchingUp = false;

  constructor(
    private readonly host: string,
    private readonly clock: VirtualClock,
    private readonly trace: VirtualTrace | undefined,
  ) {}

  /** Runs a callback: now, when the process goes on, or never. */
  run(callback: () => void): void {
    if (this.ended) return;
    if (this.paused || this.#catchingUp) this.#waiting.push(callback);
    else callback();
  }

  /** Resolves when the process takes its next turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.run(resolve));
  }

  pause(): void {
    this.paused = true;
  }

  /** What came meanwhile runs first, in the order in which it came. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    if (this.#catchingUp || this.#waiting.length === 0) return;
    this.#catchingUp = true;
    this.#catchUp();
  }

  /** One callback a turn, so that promises settle between them. */
  #catchUp(): void {
    this.clock.timers.after(0, () => {
      const next = this.paused ? undefined : this.#waiting.shift();
      next?.();
      if (this.#waiting.length === 0 || this.paused) this.#catchingUp = false;
      else this.#catchUp();
    });
  }

  end(): void {
    this.ended = true;
    this.#waiting = [];
  }

  /** The clock's timers, run here. */
  readonly timers: Timers = {
    after: (delayMs, callback) => {
      let cancelled = false;
      const timer = this.clock.timers.after(delayMs, () => {
        this.run(() => {
          if (cancelled) return;
          if (delayMs > 0) this.trace?.add(this.host, `timer of ${delayMs} ms`);
          callback();
        });
      });
      const cancel = (): void => {
        cancelled = true;
        timer.cancel();
      };
      return { cancel } satisfies Timer;
    },
    soon: (callback) =>
      this.clock.timers.soon(() => {
        if (!this.ended) callback();
      }),
  };
}
