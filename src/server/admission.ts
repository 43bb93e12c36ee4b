import { TooManyRequests, Unavailable } from "../base/errors.js";
import type { Route } from "./router.js";

/** Counts the work in hand, and refuses what is too much or too late. Refusals are safe to retry elsewhere. */
export class Admission {
  #running = 0;
  #draining = false;
  #waiting: (() => void)[] = [];

  constructor(private readonly maxConcurrent: number) {}

  get running(): number {
    return this.#running;
  }

  /**
   * Lets one call in.
   * @throws Unavailable `server.draining`, Unavailable `server.overloaded` over the server's limit,
   *   TooManyRequests `server.concurrency` over the endpoint's own.
   */
  enter(route: Route | undefined): void {
    if (this.#draining) {
      throw new Unavailable("the service is shutting down", {
        reason: "server.draining",
        retry: "safe",
      });
    }
    if (this.#running >= this.maxConcurrent) {
      throw new Unavailable(`over the limit of ${this.maxConcurrent} concurrent calls`, {
        reason: "server.overloaded",
        retry: "safe",
      });
    }
    const limit = route?.handler.concurrency;
    if (route && limit !== undefined && route.load.running >= limit) {
      throw new TooManyRequests(
        `${route.handler.endpoint} is over its limit of ${limit} concurrent calls`,
        {
          reason: "server.concurrency",
          retry: "safe",
        },
      );
    }
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

  /** Resolves when nothing is in hand. */
  idle(): Promise<void> {
    return this.#running === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
