import {
  requireText,
  type Broker,
  type BrokerMessage,
  type DeliveryHandler,
  type Environment,
  type PublishOptions,
  type SubscribeOptions,
  type Subscription,
} from "../../../src/spi.js";
import type { KafkaDriver } from "./driver.js";
import { badTopic, canceled, cannotDelay, notConnected } from "./failures.js";
import { KafkaSubscription } from "./kafka-subscription.js";
import { Publisher } from "./publisher.js";
import { recordFormats, type RecordFormat } from "./record-format.js";
import type { KafkaSettings } from "./settings.js";

/** Milliseconds for what is being published when the broker disconnects. */
const lastPublishMs = 5_000;

/** Carries events through Kafka. */
export class KafkaBroker implements Broker {
  readonly name = "kafka";
  readonly address: string;
  readonly capabilities = {
    durable: true,
    redelivery: true,
    orderAcrossMembers: true,
    delay: false,
  } as const;
  private state: "off" | "on" | "closing" = "off";
  private connecting: Promise<void> | undefined;
  private disconnecting: Promise<void> | undefined;
  private readonly subscriptions = new Set<KafkaSubscription>();
  private readonly leaving = new Set<Promise<void>>();
  private readonly format: RecordFormat;
  private publisher: Publisher;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly driver: KafkaDriver,
    private readonly environment: Environment,
  ) {
    this.address = settings.brokers.join(",");
    this.format = recordFormats[settings.format];
    this.publisher = this.newPublisher();
  }

  async connect(): Promise<void> {
    await this.disconnecting;
    if (this.state === "on") return;
    await (this.connecting ??= this.driver
      .connect()
      .then(() => {
        this.publisher = this.newPublisher();
        this.state = "on";
      })
      .finally(() => (this.connecting = undefined)));
  }

  async disconnect(): Promise<void> {
    if (this.connecting) {
      await this.driver.disconnect(); // ends the connecting
      await this.connecting?.catch(() => undefined);
    }
    await (this.disconnecting ??= this.close().finally(() => (this.disconnecting = undefined)));
  }

  async publish(
    topic: string,
    message: BrokerMessage,
    options: PublishOptions = {},
  ): Promise<void> {
    if (this.state === "off") throw notConnected(`publish to ${topic}`);
    requireTopic(topic);
    if (options.signal?.aborted) throw canceled(topic, options.signal.reason);
    if ((options.delayMs ?? 0) > 0) throw cannotDelay(topic);
    await this.publisher.publish(topic, message, options);
  }

  async subscribe(
    topic: string,
    handler: DeliveryHandler,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    if (this.state !== "on") throw notConnected(`subscribe to ${topic}`);
    requireTopic(topic);
    const { group } = options;
    if (group !== undefined) requireText("group", group);
    await this.driver.ensureTopic(topic);
    if (this.stateNow() !== "on") throw notConnected(`subscribe to ${topic}`);
    const subscription: KafkaSubscription = new KafkaSubscription({
      topic,
      handler,
      options,
      group:
        group === undefined
          ? this.environment.random.uuid()
          : requireText("kafkaBroker.groupId", this.settings.groupId(group, topic)),
      broadcast: group === undefined,
      commitMs: this.settings.commitMs,
      format: this.format,
      driver: this.driver,
      environment: this.environment,
      broker: this,
      leaving: (left) => {
        this.subscriptions.delete(subscription);
        this.leaving.add(left);
        void left.finally(() => this.leaving.delete(left));
      },
    });
    this.subscriptions.add(subscription);
    await subscription.start();
    return subscription;
  }

  /** Read through a call, because it changes while a promise is awaited. */
  private stateNow(): "off" | "on" | "closing" {
    return this.state;
  }

  private newPublisher(): Publisher {
    const { settings, format, driver, environment } = this;
    return new Publisher({ ...settings, format, driver, environment });
  }

  private async close(): Promise<void> {
    if (this.state === "off") return;
    this.state = "closing"; // handlers that are finishing may still publish
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await this.publisher.close(lastPublishMs);
    this.state = "off";
    await Promise.all(this.leaving);
    await this.driver.disconnect();
  }
}

function requireTopic(topic: string): void {
  requireText("topic", topic);
  if (!/^[\w.-]{1,249}$/.test(topic) || topic === "." || topic === "..") throw badTopic(topic);
}
