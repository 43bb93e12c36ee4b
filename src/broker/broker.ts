import type { Metadata } from "../base/metadata.js";

/** A message as a broker carries it. Header names are lower-case. */
export interface BrokerMessage {
  readonly headers: Metadata;
  readonly body: Uint8Array;
}

/** A message in the hands of a subscriber. */
export interface Delivery {
  readonly topic: string;
  readonly message: BrokerMessage;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly key: string | undefined;
}

/** Handles one delivery: resolving acknowledges it, rejecting counts as a failed attempt. */
export type DeliveryHandler = (delivery: Delivery) => Promise<void>;

/** What a broker can do beyond the least; subscriptions that ask for more are refused at start. */
export interface BrokerCapabilities {
  /** Messages wait for a group that is away. */
  readonly durable: boolean;
  /** A message whose subscriber died before acknowledging is delivered again. */
  readonly redelivery: boolean;
  /** Order per key holds across the members of a group, not just within a process. */
  readonly orderAcrossMembers: boolean;
  /** `delayMs` on publish. */
  readonly delay: boolean;
}

/** How to publish. */
export interface PublishOptions {
  /** Messages of one key keep their order. */
  readonly key?: string;
  /** Milliseconds to hold the message back. Needs the capability `delay`. */
  readonly delayMs?: number;
  readonly signal?: AbortSignal;
}

/** How often, and how far apart, a failed delivery is tried. */
export interface RetryPolicy {
  /** Tries in all, the first included. Default 3. */
  readonly attempts?: number;
  /** Milliseconds before the second try; doubles with each further one, with jitter. Default 200. */
  readonly backoffMs?: number;
  /** Longest pause in milliseconds. Default 30,000. */
  readonly maxBackoffMs?: number;
}

/** How to subscribe. */
export interface SubscribeOptions {
  /** Members of a group share the messages. Left out: every subscription gets each message. */
  readonly group?: string;
  /** Deliveries handled at once. Default 1. */
  readonly concurrency?: number;
  /**
   * Key of a message: equal keys are handled one after the other, different ones side by side. Left
   * out: the key it was published with.
   */
  readonly orderBy?: (message: BrokerMessage) => string | undefined;
  readonly retry?: RetryPolicy;
  /**
   * Where a message goes whose attempts are used up: `true` for `<topic>.dead-letter`, or a topic's
   * name. Left out or false: it is logged with its id and counted as settled.
   */
  readonly deadLetter?: boolean | string;
  /** Capabilities this subscription relies on. */
  readonly requires?: readonly (keyof BrokerCapabilities)[];
}

/** A running subscription. */
export interface Subscription {
  readonly topic: string;
  /**
   * Takes no new message and waits until those in hand are settled, for `timeoutMs` at most
   * (default 10,000); what is left is not acknowledged. Idempotent.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/**
 * Carries events.
 *
 * Promises, equal on every broker: a message published after `subscribe` resolved reaches every
 * broadcast subscription and exactly one member of each group; it is acknowledged only after the
 * handler resolved; a failed one is tried again as the policy says, then dead-lettered with headers
 * `dead-letter-reason`, `dead-letter-topic`, `dead-letter-attempts`; `publish` resolves when the
 * broker has accepted the message. Nothing is dropped without a log line that carries its id.
 */
export abstract class Broker {
  abstract readonly name: string;
  abstract readonly capabilities: BrokerCapabilities;
  /** Address that goes into node metadata; empty where there is none. */
  abstract readonly address: string;
  /** Ready to publish and subscribe afterwards. Idempotent. @throws Unavailable `broker.unreachable`. */
  abstract connect(): Promise<void>;
  /** Closes subscriptions, then the connection. Idempotent. */
  abstract disconnect(): Promise<void>;
  /**
   * Resolves when the broker has accepted the message.
   * @throws Unavailable `broker.not-connected` or `broker.unreachable`, Canceled on abort,
   *   TooManyRequests `broker.full`, ContentTooLarge `broker.too-large`,
   *   NotImplemented `broker.capability` for an option that it cannot keep.
   */
  abstract publish(topic: string, message: BrokerMessage, options?: PublishOptions): Promise<void>;
  /**
   * Resolves when messages published from now on will arrive.
   * @throws NotImplemented `broker.capability` that explains what is missing.
   */
  abstract subscribe(
    topic: string,
    handler: DeliveryHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
}
