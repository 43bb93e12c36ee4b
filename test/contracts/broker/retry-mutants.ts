import { newMetadata, type Delivery } from "../../../src/spi.js";
import { withHandler, withOptions, wrap, type BrokerMutant } from "./mutant.js";

/** Changes what arrives on dead-letter topics. */
const withLetters = (change: (delivery: Delivery) => Delivery) =>
  withHandler(
    () => (delivery, handler) =>
      handler(delivery.topic.endsWith(".dead-letter") ? change(delivery) : delivery),
  );

const usedUp = "a used-up message goes to the dead letters with reason, topic and tries";

/** Breaks of acknowledgement, tries, backoff and dead letters. */
export const retryMutants: readonly BrokerMutant[] = [
  {
    name: "acknowledges before the handler is done",
    kills: "a failed delivery is tried again, and tries are counted",
    mutate: withHandler(() => async (delivery, handler) => {
      handler(delivery).catch(() => undefined);
    }),
  },
  {
    name: "calls every try the first",
    kills: "a failed delivery is tried again, and tries are counted",
    mutate: withHandler(() => {
      let tries = 0;
      return (delivery, handler) => {
        tries += 1;
        return tries > 3 ? Promise.resolve() : handler({ ...delivery, attempt: 1 });
      };
    }),
  },
  {
    name: "tries once more than allowed",
    kills: "there are as many tries as allowed, and no more",
    mutate: withOptions((options) => ({
      ...options,
      retry: { ...options.retry, attempts: (options.retry?.attempts ?? 3) + 1 },
    })),
  },
  {
    name: "ignores how many tries are allowed",
    kills: "there are as many tries as allowed, and no more",
    mutate: withOptions((options) => ({ ...options, retry: { ...options.retry, attempts: 3 } })),
  },
  {
    name: "knows no failure but an Error",
    kills: "whatever a handler throws counts as a failure",
    mutate: withHandler(() => async (delivery, handler) => {
      try {
        await handler(delivery);
      } catch (error) {
        if (error instanceof Error) throw error;
      }
    }),
  },
  {
    name: "tries again at once",
    kills: "tries lie apart",
    mutate: withOptions((options) => ({
      ...options,
      retry: { ...options.retry, backoffMs: 0.001, maxBackoffMs: 0.001 },
    })),
  },
  {
    name: "never settles a failure",
    kills: "a message that always fails does not stop those after it",
    mutate: withHandler(
      () => (delivery, handler) =>
        handler(delivery).catch(() => new Promise<void>(() => undefined)),
    ),
  },
  {
    name: "has no dead letters",
    kills: usedUp,
    mutate: withOptions((options) => ({ ...options, deadLetter: false })),
  },
  {
    name: "cuts the bodies of dead letters",
    kills: usedUp,
    mutate: withLetters((delivery) => {
      const { headers, body } = delivery.message;
      return { ...delivery, message: { headers, body: body.subarray(1) } };
    }),
  },
  ...["reason", "topic", "attempts"].map((name) => ({
    name: `leaves dead-letter-${name} out`,
    kills: usedUp,
    mutate: withLetters((delivery) => {
      const headers = newMetadata();
      for (const [key, value] of Object.entries(delivery.message.headers))
        if (key !== `dead-letter-${name}`) headers[key] = value;
      return { ...delivery, message: { headers, body: delivery.message.body } };
    }),
  })),
  {
    name: "has one name for dead letters",
    kills: "dead letters go to the topic that was named",
    mutate: withOptions((options) => ({ ...options, deadLetter: Boolean(options.deadLetter) })),
  },
  {
    name: "writes dead letters unasked",
    kills: "without deadLetter nothing is published when tries are used up",
    mutate: withOptions((options) => ({ deadLetter: true, ...options })),
  },
  {
    name: "tries what is pointless",
    kills: 'an error with retry "never" goes to the dead letters at once',
    mutate: withHandler(() => async (delivery, handler) => {
      try {
        await handler(delivery);
      } catch (error) {
        throw new Error(String(error), { cause: error });
      }
    }),
  },
  {
    name: "acknowledges nothing",
    kills: "a delivery that succeeded is not repeated",
    mutate: (broker) => {
      const handled: Delivery[] = [];
      return wrap(broker, {
        subscribe: async (topic, handler, options) => {
          for (const again of handled) if (again.topic === topic) await handler(again);
          const remember = async (delivery: Delivery): Promise<void> => {
            await handler(delivery);
            handled.push(delivery);
          };
          return broker.subscribe(topic, remember, options);
        },
      });
    },
  },
];
