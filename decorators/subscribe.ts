import type { Event, Topic, TopicOptions } from "../src/index.js";
import { recordSubscription } from "./metadata.js";

/** Hands a topic's events to a method. The event's type must be the topic's. */
export const Subscribe =
  <T>(topic: Topic<T>, options: TopicOptions<T> = {}) =>
  <M extends (event: Event<T>) => Promise<unknown>>(
    prototype: object,
    property: string | symbol,
    _descriptor: TypedPropertyDescriptor<M>,
  ): void =>
    recordSubscription(prototype, property, topic, options);
