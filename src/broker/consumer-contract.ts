import type { Environment } from "../base/environment.js";
import type { Broker, BrokerMessage, DeliveryHandler, SubscribeOptions } from "./broker.js";

/** What a consumer is made from. */
export interface ConsumerSettings {
  readonly topic: string;
  readonly handler: DeliveryHandler;
  readonly options?: SubscribeOptions | undefined;
  readonly environment: Pick<Environment, "timers" | "random" | "logger">;
  /** Publishes a dead letter. Resolves when the broker has accepted it. */
  readonly publish: (
    topic: string,
    message: BrokerMessage,
    options: { readonly key?: string },
  ) => Promise<void>;
  /** The broker, so that capabilities it lacks are refused. */
  readonly broker: Pick<Broker, "name" | "capabilities">;
  /**
   * What closing does with messages that were delivered here and are not being handled. `hand-back`
   * (the default): they are rejected at once, for a broker that gives them to somebody else.
   * `finish`: they are handled first, for a broker that could not.
   */
  readonly closing?: "hand-back" | "finish";
  /** Messages that may wait here besides those being handled. Default 4 x concurrency, at least 16. */
  readonly maxWaiting?: number | undefined;
}

/** What is known of a message besides itself. */
export interface DeliverOptions {
  /** The key it was published with; used when the subscription has no `orderBy`. */
  readonly key?: string | undefined;
  /** Number of the first try here, for a broker that counts deliveries. Default 1. */
  readonly attempt?: number | undefined;
}

/** Counters since the start. */
export interface ConsumerStats {
  /** Messages whose handler resolved. */
  readonly handled: number;
  /** Tries that failed. */
  readonly failed: number;
  /** Messages that went to the dead letters. */
  readonly deadLettered: number;
  /** Messages delivered and not settled. */
  readonly inHand: number;
}

/**
 * One subscription's way of consuming, the same on every broker: concurrency, order per key, tries
 * with backoff, dead letters. A message being retried keeps its own key waiting and nothing else,
 * and takes no slot of the concurrency while it waits.
 */
export interface Consumer {
  readonly topic: string;
  readonly stats: ConsumerStats;
  /** How many more messages it would like to hold. `deliver` takes more, at the cost of memory. */
  readonly free: number;
  /** Resolves once `free` is above 0, or the consumer is closing. */
  room(): Promise<void>;
  /** The key that orders this message: `orderBy`'s, or else the published one. */
  keyOf(message: BrokerMessage, key?: string): string | undefined;
  /**
   * Resolves when the message is settled and can be acknowledged: handled, dead-lettered, or logged
   * after its last try. The body must not change until then.
   * @throws Unavailable `broker.unsettled` when the consumer closed first: do not acknowledge.
   *   `data.attempts` says how many tries were begun so far.
   */
  deliver(message: BrokerMessage, options?: DeliverOptions): Promise<void>;
  /**
   * Takes no new message and waits for those in hand, `timeoutMs` milliseconds at most (default
   * 10,000); backoff ends at once. Every `deliver` has resolved or rejected afterwards. Idempotent.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}
