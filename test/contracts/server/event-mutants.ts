import type { Event } from "../../../src/index.js";
import {
  Broker,
  Unavailable,
  type Delivery,
  type DeliveryHandler,
  type SubscribeOptions,
} from "../../../src/spi.js";
import { brokenSubscriber, serverOnBroken, type PairMutant } from "../pair/mutant.js";

const gets = "a subscriber gets the event and its context";
const again = "an event that fails is tried again, then put away";
const unreadable = "an event that cannot be read is put away at once";
const schema = "an event that breaks its schema is put away at once";
const tooLong = "a subscriber that takes too long is told, and tried again";
const manual = "with manual acknowledgement the event says when";

/** Hides a part of an event from subscribers. */
const without = (part: keyof Event<unknown>, value: unknown) =>
  brokenSubscriber((definition) => ({
    ...definition,
    handle: (event) =>
      definition.handle(Object.create(event, { [part]: { value } }) as Event<never>),
  }));

/** Takes deliveries from its broker in another way. */
const taking = (
  take: (handler: DeliveryHandler, delivery: Delivery) => Promise<void>,
  change: (options: SubscribeOptions) => SubscribeOptions = (options) => options,
) =>
  serverOnBroken(Broker, (broker) => ({
    name: broker.name,
    get address() {
      return broker.address;
    },
    capabilities: broker.capabilities,
    connect: () => broker.connect(),
    disconnect: () => broker.disconnect(),
    publish: (topic, message, options) => broker.publish(topic, message, options),
    subscribe: (topic, handler, options = {}) =>
      broker.subscribe(topic, (delivery) => take(handler, delivery), change(options)),
  }));

const careless = taking((handler, delivery) => handler(delivery).catch(() => undefined));

const hopeful = taking((handler, delivery) =>
  handler(delivery).catch((error: unknown) => {
    throw new Unavailable(String(error), { reason: "event.undecodable" });
  }),
);

/** Breaks of how events are served. */
export const eventMutants: readonly PairMutant[] = [
  { name: "hands over no data", kills: gets, broken: without("data", undefined) },
  { name: "hides an event's id", kills: gets, broken: without("id", "") },
  { name: "hides where an event came from", kills: gets, broken: without("topic", "") },
  {
    name: "hands over no context",
    kills: gets,
    broken: without("context", { metadata: {} }),
  },
  {
    name: "delivers twice",
    kills: gets,
    broken: taking(async (handler, delivery) => {
      await handler(delivery);
      await handler(delivery);
    }),
  },
  { name: "takes a failure for a success", kills: again, broken: careless },
  {
    name: "tries once",
    kills: again,
    broken: brokenSubscriber((definition) => ({ ...definition, retry: { attempts: 1 } })),
  },
  { name: "hides the attempt", kills: again, broken: without("attempt", 1) },
  {
    name: "puts nothing away",
    kills: again,
    broken: brokenSubscriber((definition) => ({ ...definition, deadLetter: false })),
  },
  { name: "drops what it cannot read", kills: unreadable, broken: careless },
  { name: "tries again to read what it cannot", kills: unreadable, broken: hopeful },
  { name: "tries again what breaks the schema", kills: schema, broken: hopeful },
  {
    name: "checks no event",
    kills: schema,
    broken: brokenSubscriber(({ schema: _, ...definition }) => definition),
  },
  {
    name: "waits for subscribers for ever",
    kills: tooLong,
    broken: brokenSubscriber((definition) => ({ ...definition, timeoutMs: 3_600_000 })),
  },
  {
    name: "does not tell subscribers that their time is over",
    kills: tooLong,
    broken: without("context", { signal: new AbortController().signal }),
  },
  {
    name: "acknowledges by itself",
    kills: manual,
    broken: brokenSubscriber((definition) => ({ ...definition, ack: "auto" })),
  },
  {
    name: "takes a refusal for an acknowledgement",
    kills: manual,
    broken: brokenSubscriber((definition) => ({
      ...definition,
      handle: (event) =>
        definition.handle(Object.create(event, { nack: { value: event.ack } }) as Event<never>),
    })),
  },
];
