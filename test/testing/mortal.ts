import type { Broker } from "../../index.js";
import {
  silentLogger,
  type BrokerMessage,
  type DeliveryHandler,
  type Environment,
  type PublishOptions,
  type SubscribeOptions,
  type Subscription,
} from "../../src/spi.js";

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** What the dead wait for does not come; what comes late for them is thrown away. */
const whileAlive =
  (isAlive: () => boolean) =>
  async <T>(begin: () => Promise<T>, discard: (late: T) => unknown): Promise<T> => {
    if (!isAlive()) return never();
    const result = await begin();
    if (isAlive()) return result;
    discard(result);
    return never();
  };

/** An environment that ends with `isAlive`: its timers stand still, its network and its log are silent. */
export function mortalEnvironment(inner: Environment, isAlive: () => boolean): Environment {
  const { timers, network, logger } = inner;
  const living = whileAlive(isAlive);
  const log = (): typeof logger => (isAlive() ? logger : silentLogger);
  return {
    ...inner,
    timers: {
      after: (delayMs, callback, options) =>
        timers.after(
          delayMs,
          () => {
            if (isAlive()) callback();
          },
          options,
        ),
      soon: (callback) =>
        timers.soon(() => {
          if (isAlive()) callback();
        }),
    },
    network: {
      connect: (host, port, options) =>
        living(
          () => network.connect(host, port, options),
          (connection) => connection.destroy(),
        ),
      listen: (...how) =>
        living(
          () => network.listen(...how),
          (server) => server.close(),
        ),
      datagram: (options) =>
        living(
          () => network.datagram(options),
          (socket) => socket.close(),
        ),
      secureContext: (material) => network.secureContext(material),
      addresses: () => network.addresses(),
      hostname: () => network.hostname(),
    },
    logger: {
      debug: (message, fields) => log().debug(message, fields),
      info: (message, fields) => log().info(message, fields),
      warn: (message, fields) => log().warn(message, fields),
      error: (message, fields) => log().error(message, fields),
    },
  };
}

/** A broker whose owner can die: what it had in hand goes to others, what it publishes goes nowhere. */
export class MortalBroker implements Broker {
  readonly name: string;
  readonly capabilities: Broker["capabilities"];
  readonly #subscriptions: Subscription[] = [];

  constructor(
    private readonly inner: Broker,
    private readonly isAlive: () => boolean,
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

  publish(topic: string, message: BrokerMessage, options?: PublishOptions): Promise<void> {
    return this.isAlive() ? this.inner.publish(topic, message, options) : never();
  }

  async subscribe(
    topic: string,
    handler: DeliveryHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    const subscription = await this.inner.subscribe(topic, handler, options);
    this.#subscriptions.push(subscription);
    return subscription;
  }

  /** After the death: hands back what its handlers hold, without waiting for them. */
  async bury(): Promise<void> {
    await Promise.all(
      this.#subscriptions.map((subscription) => subscription.close({ timeoutMs: 0 })),
    );
    await this.inner.disconnect();
  }
}
