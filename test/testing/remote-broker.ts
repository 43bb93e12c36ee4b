import type { Broker } from "../../index.js";
import type {
  BrokerMessage,
  Delivery,
  DeliveryHandler,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from "../../src/spi.js";
import type { ServerLink } from "../support/server-link.js";

/**
 * A broker elsewhere: what a node publishes and what is delivered to it travels over the network.
 * The broker waits for what a node has in hand, until the node is dead: then others get that.
 */
export class RemoteBroker implements Broker {
  readonly name: string;
  readonly capabilities: Broker["capabilities"];
  /** As the broker has them. */
  readonly #subscriptions = new Set<Subscription>();

  constructor(
    private readonly inner: Broker,
    private readonly link: ServerLink,
  ) {
    this.name = inner.name;
    this.capabilities = inner.capabilities;
  }

  get address(): string {
    return this.inner.address;
  }

  connect(): Promise<void> {
    return this.inner.connect();
  }

  disconnect(): Promise<void> {
    return this.inner.disconnect();
  }

  publish(topic: string, message: BrokerMessage, options: PublishOptions = {}): Promise<void> {
    const { key, signal } = options;
    const sent = { headers: { ...message.headers }, body: message.body.slice() };
    return this.link.ask({
      what: `publish to ${topic} ${message.headers["micro-id"] ?? ""}`.trimEnd(),
      begin: () => this.inner.publish(topic, sent, options),
      signal,
      lane: key === undefined ? undefined : `${topic} ${key}`,
      loose: true,
    });
  }

  async subscribe(
    topic: string,
    handler: DeliveryHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    let closed = false;
    const deliver = (delivery: Delivery): Promise<void> =>
      this.link.deliver(`handles ${topic} ${delivery.message.headers["micro-id"] ?? ""}`, () =>
        closed ? new Promise(() => undefined) : handler(delivery),
      );
    const inner = await this.link.ask({
      what: `subscribe to ${topic}`,
      begin: async () => {
        const begun = await this.inner.subscribe(topic, deliver, options);
        this.#subscriptions.add(begun);
        return begun;
      },
      discard: (late) => late.close(),
    });
    return {
      topic,
      close: async (how) => {
        await inner.close(how);
        this.#subscriptions.delete(inner);
        closed = true; // what is still on its way was given to others
      },
    };
  }

  /** After the node's death: hands back what its handlers hold, without waiting for them. */
  async bury(): Promise<void> {
    await Promise.all(
      [...this.#subscriptions].map((subscription) => subscription.close({ timeoutMs: 0 })),
    );
    await this.inner.disconnect();
  }
}
