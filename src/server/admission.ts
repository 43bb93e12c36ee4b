import { TooManyRequests, Unavailable } from "../base/errors.js";
import { withoutStack } from "../base/without-stack.js";
import type { LoopDelay } from "./loop-delay.js";
import type { Route } from "./router.js";

/** What is too much. */
export interface AdmissionLimits {
  /** Calls at once. */
  readonly maxConcurrentCalls: number;
  /** Milliseconds that a call may have waited for its turn of the event loop. */
  readonly maxLoopDelayMs: number;
}

/** Counts the work in hand, and refuses what is too much or too late. Refusals are safe to retry elsewhere. */
export class Admission {
  #running = 0;
  #draining = false;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly limits: AdmissionLimits,
    private readonly delay: LoopDelay,
  ) {}

  get running(): number {
    return this.#running;
  }

  /**
   * Lets one call in that may take `timeoutMs`.
   * @throws Unavailable `server.draining`, Unavailable `server.overloaded` over the server's limits, or
   *   when the call is over before its turn has come, TooManyRequests `server.concurrency` over the
   *   endpoint's own.
   */
  enter(route: Route | undefined, timeoutMs = Number.POSITIVE_INFINITY): void {
    if (this.#draining) throw draining();
    const { maxConcurrentCalls, maxLoopDelayMs } = this.limits;
    if (this.#running >= maxConcurrentCalls)
      throw overloaded(`over the limit of ${maxConcurrentCalls} concurrent calls`);
    const { ms, lastMs } = this.delay;
    // What comes in this turn of the event loop has come during the last one, and waited for half of it on average.
    const waitedMs = ms + lastMs / 2;
    if (ms > maxLoopDelayMs || waitedMs >= timeoutMs) {
      if (!isDebug(route))
        throw overloaded(
          `the event loop is ${Math.round(waitedMs)} ms late, too late for this call`,
        );
    }
    const limit = route?.handler.concurrency;
    if (route && limit !== undefined && route.load.running >= limit)
      throw crowded(route.handler.endpoint, limit);
    this.#running++;
    if (route) {
      route.load.running++;
      route.load.requests++;
    }
  }

  leave(route: Route | undefined, failed: boolean): void {
    this.#running--;
    if (route) {
      route.load.running--;
      if (failed) route.load.errors++;
    }
    if (this.#running === 0) {
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** Refuses from now on. */
  drain(): void {
    this.#draining = true;
  }

  /** Looks at no clock any more. */
  close(): void {
    this.delay.close();
  }

  /** Resolves when nothing is in hand. */
  idle(): Promise<void> {
    return this.#running === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiting.push(resolve));
  }
}

const overloaded = (message: string): Unavailable =>
  withoutStack(() => new Unavailable(message, { reason: "server.overloaded", retry: "safe" }));

const draining = (): Unavailable =>
  withoutStack(
    () =>
      new Unavailable("the service is shutting down", { reason: "server.draining", retry: "safe" }),
  );

const crowded = (endpoint: string, limit: number): TooManyRequests =>
  withoutStack(
    () =>
      new TooManyRequests(`${endpoint} is over its limit of ${limit} concurrent calls`, {
        reason: "server.concurrency",
        retry: "safe",
      }),
  );

/** Whoever asks whether a busy service lives must not hear that it does not. */
const isDebug = (route: Route | undefined): boolean =>
  route?.handler.endpoint.startsWith("Debug.") ?? false;
