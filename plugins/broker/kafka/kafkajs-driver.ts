import type { Admin, Cluster, Consumer } from "kafkajs";
import type { Environment } from "../../../src/spi.js";
import type { KafkaDriver, KafkaMember, Membership, OutgoingRecord } from "./driver.js";
import { failureOf, kafkaErrorTypes, noTopic, notConnected, unreachable } from "./failures.js";
import { groupAssigners } from "./group-assigners.js";
import { kafkajsConfig, retryOptions } from "./kafkajs-config.js";
import { KafkajsMember } from "./kafkajs-member.js";
import { KafkajsProducer, stickyPartitioner } from "./kafkajs-producer.js";
import type { KafkajsPackage } from "./load-kafkajs.js";
import type { KafkaSettings } from "./settings.js";
import { sleep, within } from "./within.js";

const connectPauseMs = 250;

/** Some five seconds: what is sent again by the same producer is not written twice. */
const sendRetries = 8;

const disconnectMs = 5_000;

/** Kafka through kafkajs. */
export class KafkajsDriver implements KafkaDriver {
  private producer: KafkajsProducer | undefined;
  private admin: Admin | undefined;
  private stopConnecting: () => void = () => undefined;
  /** Topics that are there, or are being made sure of. */
  private readonly topics = new Map<string, Promise<void>>();

  constructor(
    private readonly kafkajs: KafkajsPackage,
    private readonly settings: KafkaSettings,
    private readonly environment: Environment,
  ) {}

  async connect(): Promise<void> {
    const { clock, timers, logger } = this.environment;
    const { brokers, timeoutMs } = this.settings;
    const what = `cannot reach Kafka at ${brokers.join(", ")}`;
    const end = clock.monotonic() + timeoutMs;
    const stopped = new Promise<never>((_, reject) => {
      this.stopConnecting = () => reject(notConnected("connect"));
    });
    stopped.catch(() => undefined);
    let failure = unreachable(what, `no answer in ${timeoutMs} ms`);
    for (;;) {
      try {
        await this.tryToConnect(end - clock.monotonic(), stopped, () => failure);
        return;
      } catch (error) {
        failure = failureOf(what, error);
        if (clock.monotonic() >= end || failure.reason !== "broker.unreachable") throw failure;
        logger.warn(failure.message);
      }
      await Promise.race([sleep(timers, connectPauseMs), stopped.catch(() => undefined)]);
    }
  }

  private async tryToConnect(
    ms: number,
    stopped: Promise<never>,
    late: () => Error,
  ): Promise<void> {
    const admin = this.newClient().admin({ retry: retryOptions(5) });
    const producer = this.newProducer();
    const connected = Promise.all([producer.connect(), admin.connect()]);
    try {
      await within(this.environment.timers, ms, Promise.race([connected, stopped]), late);
    } catch (error) {
      void Promise.allSettled([connected])
        .then(() => Promise.all([producer.disconnect(), admin.disconnect()]))
        .catch(() => undefined);
      throw error;
    }
    this.producer = producer;
    this.admin = admin;
  }

  async disconnect(): Promise<void> {
    this.stopConnecting();
    const { producer, admin } = this;
    this.producer = undefined;
    this.admin = undefined;
    this.topics.clear();
    const gone = Promise.all([producer?.disconnect(), admin?.disconnect()]);
    await this.within(disconnectMs, gone, "cannot disconnect from Kafka").catch((error: unknown) =>
      this.environment.logger.debug("disconnected without an answer", { error: String(error) }),
    );
  }

  ensureTopic(topic: string): Promise<void> {
    let known = this.topics.get(topic);
    if (!known) {
      known = this.within(
        this.settings.timeoutMs,
        this.findOrCreate(topic),
        `cannot make sure of the topic ${topic}`,
      );
      this.topics.set(topic, known);
      known.catch(() => this.topics.delete(topic));
    }
    return known;
  }

  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const what = `cannot publish to ${topic}`;
    if (!this.producer) throw unreachable(what, "the connection is closed");
    try {
      await this.producer.send(topic, records);
    } catch (error) {
      if (kafkaErrorTypes(error).has("UNKNOWN_TOPIC_OR_PARTITION")) this.topics.delete(topic);
      throw failureOf(what, error);
    }
  }

  join(membership: Membership): KafkaMember {
    const { settings, environment } = this;
    return new KafkajsMember({
      membership,
      settings,
      environment,
      connect: () => this.newConsumer(membership.group),
      deleteGroup: async (group) => {
        await this.admin?.deleteGroups([group]);
      },
    });
  }

  /** A client of its own for each: those that share one share, in kafkajs, the offsets of a group. */
  private newClient() {
    return new this.kafkajs.Kafka(
      kafkajsConfig(this.settings, this.kafkajs, this.environment.logger),
    );
  }

  private newProducer(): KafkajsProducer {
    return new KafkajsProducer(() =>
      this.newClient().producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: stickyPartitioner(this.kafkajs.Partitioners.DefaultPartitioner),
        retry: retryOptions(sendRetries),
      }),
    );
  }

  private newConsumer(groupId: string): { consumer: Consumer; cluster: Cluster } {
    const { sessionTimeoutMs, heartbeatMs, fetchWaitMs } = this.settings;
    let cluster: Cluster | undefined;
    const consumer = this.newClient().consumer({
      groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      maxWaitTimeInMs: fetchWaitMs,
      partitionAssigners: groupAssigners(
        this.kafkajs.AssignerProtocol,
        (connection) => (cluster = connection),
      ),
      retry: { ...retryOptions(5), restartOnFailure: () => Promise.resolve(false) },
    });
    if (!cluster) throw new Error("kafkajs did not make its assigners");
    return { consumer, cluster };
  }

  private async findOrCreate(topic: string): Promise<void> {
    const { createTopics, partitions = -1, replicationFactor = -1, timeoutMs } = this.settings;
    const { clock, timers, logger } = this.environment;
    const end = clock.monotonic() + timeoutMs;
    for (let wait = 20; clock.monotonic() < end; wait = Math.min(1_000, wait * 2)) {
      const { admin } = this;
      if (!admin) throw unreachable(`cannot look for ${topic}`, "the connection is closed");
      try {
        await admin.fetchTopicMetadata({ topics: [topic] });
        return;
      } catch (error) {
        const types = kafkaErrorTypes(error);
        const failure = failureOf(`cannot look for the topic ${topic}`, error);
        if (failure.reason !== "broker.unreachable") throw failure;
        if (types.has("UNKNOWN_TOPIC_OR_PARTITION")) {
          if (!createTopics) throw noTopic(topic);
          await admin
            .createTopics({
              waitForLeaders: false,
              topics: [{ topic, numPartitions: partitions, replicationFactor }],
            })
            .catch((refused: unknown) => {
              const reason = failureOf(`cannot create the topic ${topic}`, refused);
              if (reason.reason !== "broker.unreachable") throw reason;
              logger.debug(reason.message);
            });
        }
      }
      await sleep(timers, wait);
    }
  }

  private within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
    const late = (): Error => unreachable(what, `no answer in ${ms} ms`);
    return within(this.environment.timers, ms, promise, late);
  }
}
