import type {
  Broker,
  Delivery,
  DeliveryHandler,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from "../../../src/spi.js";
import type { BrokerHarness } from "./harness.js";

/** A broker with one promise broken, and the clause that must notice. */
export interface BrokerMutant {
  readonly name: string;
  /** Title of the clause that fails. */
  readonly kills: string;
  /** Breaks a sound broker. Called for every broker of a harness. */
  readonly mutate: (broker: Broker, harness: Pick<BrokerHarness, "elapse">) => Broker;
}

type Parts = Partial<
  Pick<Broker, "capabilities" | "connect" | "disconnect" | "publish" | "subscribe">
>;

/** The broker with some of its members replaced. */
export const wrap = (broker: Broker, parts: Parts): Broker => ({
  name: broker.name,
  get address() {
    return broker.address;
  },
  capabilities: broker.capabilities,
  connect: () => broker.connect(),
  disconnect: () => broker.disconnect(),
  publish: (topic, message, options) => broker.publish(topic, message, options),
  subscribe: (topic, handler, options) => broker.subscribe(topic, handler, options),
  ...parts,
});

/** Changes how every subscription is made. */
export const withOptions =
  (change: (options: SubscribeOptions) => SubscribeOptions) =>
  (broker: Broker): Broker =>
    wrap(broker, {
      subscribe: (topic, handler, options = {}) =>
        broker.subscribe(topic, handler, change(options)),
    });

/** Changes how every message is published. */
export const withPublishOptions =
  (change: (options: PublishOptions) => PublishOptions) =>
  (broker: Broker): Broker =>
    wrap(broker, {
      publish: (topic, message, options = {}) => broker.publish(topic, message, change(options)),
    });

/** Puts something between every subscription and its handler; made anew for each subscription. */
export const withHandler =
  (change: () => (delivery: Delivery, handler: DeliveryHandler) => Promise<void>) =>
  (broker: Broker): Broker =>
    wrap(broker, {
      subscribe: (topic, handler, options) => {
        const between = change();
        const broken = async (delivery: Delivery): Promise<void> => between(delivery, handler);
        return broker.subscribe(topic, broken, options);
      },
    });

/** Changes what `close` of every subscription does. */
export const withClose =
  (
    close: (subscription: Subscription, options?: { readonly timeoutMs?: number }) => Promise<void>,
  ) =>
  (broker: Broker): Broker =>
    wrap(broker, {
      subscribe: async (...how) => {
        const subscription = await broker.subscribe(...how);
        return { topic: subscription.topic, close: (options) => close(subscription, options) };
      },
    });
