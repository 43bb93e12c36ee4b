import { newMetadata, type Subscription } from "../../../src/spi.js";
import { wrap, withHandler, withOptions, withPublishOptions, type BrokerMutant } from "./mutant.js";

const without = <Key extends string>(key: Key) =>
  function drop<From extends Partial<Record<Key, unknown>>>({ [key]: _, ...rest }: From) {
    return rest;
  };

/** Keeps a count of deliveries, and treats each hundredth in its own way. */
const eachHundredth = (times: number) => {
  let count = 0;
  return withHandler(() => async (delivery, handler) => {
    count += 1;
    const calls = count % 100 === 0 ? times : 1;
    for (let call = 0; call < calls; call += 1) await handler(delivery);
  });
};

/** Breaks of who gets a message, and what arrives. */
export const deliveryMutants: readonly BrokerMutant[] = [
  {
    name: "drops headers of its users",
    kills: "the headers arrive unchanged",
    mutate: (broker) =>
      wrap(broker, {
        publish: (topic, { headers, body }) => {
          const kept = newMetadata();
          for (const [name, value] of Object.entries(headers))
            if (!name.startsWith("x-")) kept[name] = value;
          return broker.publish(topic, { headers: kept, body });
        },
      }),
  },
  {
    name: "reads header values as latin1",
    kills: "the headers arrive unchanged",
    mutate: (broker) =>
      wrap(broker, {
        publish: (topic, { headers, body }) => {
          const garbled = newMetadata();
          for (const [name, value] of Object.entries(headers))
            garbled[name] = Buffer.from(value).toString("latin1");
          return broker.publish(topic, { headers: garbled, body });
        },
      }),
  },
  {
    name: "takes bodies for text",
    kills: "the body arrives unchanged, byte by byte",
    mutate: (broker) =>
      wrap(broker, {
        publish: (topic, { headers, body }) => {
          const text = new TextDecoder().decode(body);
          return broker.publish(topic, { headers, body: new TextEncoder().encode(text) });
        },
      }),
  },
  {
    name: "forgets the key",
    kills: "a delivery names its topic, its first attempt and its key",
    mutate: withHandler(() => (delivery, handler) => handler({ ...delivery, key: undefined })),
  },
  {
    name: "counts attempts from 0",
    kills: "a delivery names its topic, its first attempt and its key",
    mutate: withHandler(
      () => (delivery, handler) => handler({ ...delivery, attempt: delivery.attempt - 1 }),
    ),
  },
  {
    name: "has one topic for all",
    kills: "a message reaches no other topic",
    mutate: (broker) =>
      wrap(broker, {
        publish: (_, message, options) => broker.publish("all", message, options),
        subscribe: (_, handler, options) => broker.subscribe("all", handler, options),
      }),
  },
  {
    name: "knows no groups",
    kills: "exactly one member of a group gets each message",
    mutate: withOptions(without("group")),
  },
  {
    name: "has one group for all",
    kills: "every group gets each message",
    mutate: withOptions((options) => ({ ...options, group: "all" })),
  },
  {
    name: "takes no group for a group",
    kills: "without a group every subscription gets each message",
    mutate: withOptions((options) => ({ group: "none", ...options })),
  },
  {
    name: "says subscribed before it is",
    kills: "what is published after subscribe resolved arrives",
    mutate: withHandler(() => {
      let missed = false;
      return async (delivery, handler) => {
        if (missed) await handler(delivery);
        missed = true;
      };
    }),
  },
  {
    name: "loses one in a hundred",
    kills: "of many messages none is lost and none doubled",
    mutate: (broker) => eachHundredth(0)(broker),
  },
  {
    name: "doubles one in a hundred",
    kills: "of many messages none is lost and none doubled",
    mutate: (broker) => eachHundredth(2)(broker),
  },
  {
    name: "claims to be durable",
    kills: "messages wait for a group that is away, where that is claimed",
    mutate: (broker) => wrap(broker, { capabilities: { ...broker.capabilities, durable: true } }),
  },
  {
    name: "acknowledges what a closing member has in hand",
    kills: "an unsettled message goes to another member, where that is claimed",
    mutate: (broker) =>
      wrap(broker, {
        subscribe: async (topic, handler, options) => {
          let acknowledge = (): void => undefined;
          const closing = new Promise<void>((resolve) => (acknowledge = resolve));
          const inner = await broker.subscribe(
            topic,
            (delivery) => Promise.race([handler(delivery), closing]),
            options,
          );
          const close: Subscription["close"] = (how) => {
            acknowledge();
            return inner.close(how);
          };
          return { topic, close };
        },
      }),
  },
  {
    name: "delays nothing",
    kills: "delayMs holds a message back, or is refused",
    mutate: withPublishOptions(without("delayMs")),
  },
];
