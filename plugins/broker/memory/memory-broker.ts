import {
  Canceled,
  Unavailable,
  consumer,
  requireText,
  type Broker,
  type BrokerMessage,
  type DeliveryHandler,
  type Environment,
  type PublishOptions,
  type SubscribeOptions,
  type Subscription,
} from "../../../src/spi.js";
import type { MemoryBrokerHub } from "./memory-broker-hub.js";

/** Carries events between the subscribers of one hub, in this process. */
export class MemoryBroker implements Broker {
  readonly name = "memory";
  readonly address = "";
  readonly capabilities = {
    durable: false,
    redelivery: true,
    orderAcrossMembers: true,
    delay: true,
  } as const;
  private state: "off" | "on" | "closing" = "off";
  private disconnecting: Promise<void> | undefined;
  private readonly subscriptions = new Set<Subscription>();

  constructor(
    private readonly hub: MemoryBrokerHub,
    private readonly maxQueued: number,
    private readonly environment: Environment,
  ) {}

  async connect(): Promise<void> {
    await this.disconnecting;
    this.state = "on";
    this.hub.connect(this);
  }

  disconnect(): Promise<void> {
    return (this.disconnecting ??= this.close().finally(() => (this.disconnecting = undefined)));
  }

  async publish(
    topic: string,
    message: BrokerMessage,
    options: PublishOptions = {},
  ): Promise<void> {
    if (this.state === "off") throw notConnected(`publish to ${topic}`);
    if (options.signal?.aborted)
      throw new Canceled(`the publish to ${topic} was cancelled`, { cause: options.signal.reason });
    requireText("topic", topic);
    const { maxQueued, environment } = this;
    this.hub.publish(topic, message, Object.assign({}, options, { maxQueued, environment }));
  }

  async subscribe(
    topic: string,
    handler: DeliveryHandler,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    if (this.state !== "on") throw notConnected(`subscribe to ${topic}`);
    const { group } = options;
    if (group !== undefined) requireText("group", group);
    const member = consumer({
      topic,
      handler,
      options,
      environment: this.environment,
      publish: (target, letter, how) => this.publish(target, letter, how),
      broker: this,
    });
    const leave = this.hub.join(topic, group, member, this.environment.logger);
    let closed: Promise<void> | undefined;
    const subscription: Subscription = {
      topic,
      close: (how) =>
        (closed ??= leave(() => member.close(how)).finally(() =>
          this.subscriptions.delete(subscription),
        )),
    };
    this.subscriptions.add(subscription);
    return subscription;
  }

  private async close(): Promise<void> {
    if (this.state === "off") return;
    this.state = "closing"; // handlers that are finishing may still publish
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    this.state = "off";
    this.hub.disconnect(this);
  }
}

const notConnected = (what: string): Unavailable =>
  new Unavailable(`cannot ${what}: the memory broker is not connected`, {
    reason: "broker.not-connected",
    retry: "safe",
  });
