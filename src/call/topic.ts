import { requireText } from "../base/options.js";
import type { Context } from "./context.js";
import type { Schema } from "./schema.js";

/** A topic with the type of its events. */
export interface Topic<T> {
  readonly name: string;
  /** Checks, or gives the wire type of, the events. */
  readonly schema?: Schema<T>;
  readonly __type?: T;
}

/** Declares a topic: one constant that publishers and subscribers share. */
export function topic<T>(name: string, schema?: Schema<T>): Topic<T> {
  requireText("topic name", name);
  return schema === undefined ? { name } : { name, schema };
}

declare const eventBrand: unique symbol;

/** An event in the hands of a subscriber. */
export interface Event<T> {
  readonly [eventBrand]?: true;
  readonly topic: string;
  /** The publisher's id for it; stays the same over attempts, so it can serve to find duplicates. */
  readonly id: string;
  readonly data: T;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly context: Context;
  /** With `ack: "manual"`: says that the event is done. */
  ack(): void;
  /** With `ack: "manual"`: says that the attempt failed. */
  nack(reason?: unknown): void;
}

/** Brand of {@link Event}, by which a typed client leaves subscribers out. */
export type EventBrand = typeof eventBrand;

/** What `@Subscribe` and `service.subscribe` take. */
export interface TopicOptions<T> {
  /** Members of a group share the events. Left out: every node gets each event. */
  readonly group?: string;
  /** Events handled at once. Default 1. */
  readonly concurrency?: number;
  /** Events of equal keys are handled one after the other, others side by side. */
  readonly orderBy?: (data: T) => string;
  readonly retry?: {
    /** Tries in all. Default 3. */
    readonly attempts?: number;
    /** Milliseconds before the second try, doubling afterwards. Default 200. */
    readonly backoffMs?: number;
    /** Longest pause in milliseconds. Default 30,000. */
    readonly maxBackoffMs?: number;
  };
  /** Where an event goes whose attempts are used up: `true` for `<topic>.dead-letter`, or a name. */
  readonly deadLetter?: boolean | string;
  /** `auto` (default): done when the method resolves. `manual`: done when `event.ack()` is called. */
  readonly ack?: "auto" | "manual";
  /** Milliseconds one attempt may take. Default 60,000. */
  readonly timeoutMs?: number;
  /** What the broker must be able to do; the app refuses to start when it cannot. */
  readonly requires?: readonly ("durable" | "redelivery" | "orderAcrossMembers")[];
}

/** What `publish` takes. */
export interface PublishEventOptions {
  /** Events of one key keep their order. */
  readonly key?: string;
  /** Milliseconds to hold the event back, where the broker can. */
  readonly delayMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Content type of the body. Default: protobuf for topics with a message type, else JSON. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** Publishes the events of one topic. */
export interface PublisherOf<T> {
  /** Resolves when the broker has accepted the event. */
  publish(data: T, options?: PublishEventOptions): Promise<void>;
}
