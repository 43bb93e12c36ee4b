import { NotFound, type Broker } from "../../../src/spi.js";
import {
  withClose,
  withHandler,
  withOptions,
  withPublishOptions,
  wrap,
  type BrokerMutant,
} from "./mutant.js";

/** Lets a method succeed once. */
const onlyOnce = (broker: Broker, method: "connect" | "disconnect"): Broker => {
  let called = false;
  return wrap(broker, {
    [method]: async () => {
      if (called) throw new Error(`${method} was called before`);
      called = true;
      await broker[method]();
    },
  });
};

const refused = "what it cannot do is refused in a sentence";

/** Breaks of connecting, closing and refusing. */
export const lifecycleMutants: readonly BrokerMutant[] = [
  {
    name: "swallows what is published too early",
    kills: "before connect and after disconnect nothing is taken, and it says why",
    mutate: (broker) =>
      wrap(broker, {
        publish: (...what) => broker.publish(...what).catch(() => undefined),
      }),
  },
  {
    name: "gives no reason for refusing",
    kills: "before connect and after disconnect nothing is taken, and it says why",
    mutate: (broker) =>
      wrap(broker, {
        publish: (...what) =>
          broker.publish(...what).catch(() => {
            throw new Error("no");
          }),
      }),
  },
  {
    name: "connects once",
    kills: "connect and disconnect can be called twice",
    mutate: (broker) => onlyOnce(broker, "connect"),
  },
  {
    name: "disconnects once",
    kills: "connect and disconnect can be called twice",
    mutate: (broker) => onlyOnce(broker, "disconnect"),
  },
  {
    name: "wants a subscriber for every message",
    kills: "a message for nobody is accepted",
    mutate: (broker) =>
      wrap(broker, {
        publish: async (topic) => {
          throw new NotFound(`nobody is subscribed to ${topic}`);
        },
      }),
  },
  {
    name: "ignores signals",
    kills: "a publish whose signal has aborted is cancelled",
    mutate: withPublishOptions(({ signal: _, ...options }) => options),
  },
  {
    name: "closes without waiting",
    kills: "close waits for the delivery in hand",
    mutate: withClose((subscription) => subscription.close({ timeoutMs: 0 })),
  },
  {
    name: "waits as long as it likes",
    kills: "close waits no longer than told",
    mutate: withClose((subscription) => subscription.close({ timeoutMs: 600_000 })),
  },
  {
    name: "sits out a backoff",
    kills: "a backoff ends at once when the subscription closes",
    mutate: (broker) => {
      let failed = false;
      const noting = withHandler(() => async (delivery, handler) => {
        failed = true;
        await handler(delivery);
        failed = false;
      });
      return withClose((subscription) =>
        failed ? new Promise(() => undefined) : subscription.close(),
      )(noting(broker));
    },
  },
  {
    name: "never unsubscribes",
    kills: "after close nothing is delivered, and closing again does nothing",
    mutate: withClose(async () => undefined),
  },
  {
    name: "closes once",
    kills: "after close nothing is delivered, and closing again does nothing",
    mutate: (broker) => {
      const closed = new Set<unknown>();
      return withClose(async (subscription) => {
        if (closed.has(subscription)) throw new Error("closed already");
        closed.add(subscription);
        await subscription.close();
      })(broker);
    },
  },
  {
    name: "leaves a closed member in its group",
    kills: "a group goes on when a member closes",
    mutate: withClose(async () => undefined),
  },
  {
    name: "disconnects without waiting",
    kills: "disconnect waits for the delivery in hand",
    mutate: (broker) =>
      wrap(broker, {
        disconnect: async () => {
          void broker.disconnect();
        },
      }),
  },
  {
    name: "accepts what it cannot keep",
    kills: refused,
    mutate: withOptions(({ requires: _, ...options }) => options),
  },
  {
    name: "refuses without a word",
    kills: refused,
    mutate: (broker) =>
      wrap(broker, {
        subscribe: (...how) =>
          broker.subscribe(...how).catch(() => {
            throw new Error("not supported");
          }),
      }),
  },
  {
    name: "refuses every wish",
    kills: "what it can do may be asked for",
    mutate: (broker) =>
      wrap(broker, {
        subscribe: async (topic, handler, options = {}) => {
          if (options.requires?.length) throw new Error("no wishes");
          return broker.subscribe(topic, handler, options);
        },
      }),
  },
];
