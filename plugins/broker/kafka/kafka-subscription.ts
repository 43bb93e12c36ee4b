import {
  consumer,
  toMetadata,
  type Broker,
  type BrokerMessage,
  type Consumer,
  type Delivery,
  type DeliveryHandler,
  type Environment,
  type RpcError,
  type SubscribeOptions,
  type Subscription,
  type Timer,
} from "../../../src/spi.js";
import type { IncomingRecord, KafkaDriver, KafkaMember, Receiver } from "./driver.js";
import { malformed, unreachable } from "./failures.js";
import { Progress, type Taken } from "./progress.js";
import type { RecordFormat } from "./record-format.js";
import { within } from "./within.js";

/** Settled records that one partition may have behind an unsettled one; each is an offset to remember. */
const maxAhead = 10_000;

/** Milliseconds for the last commit of a subscription that closes. */
const lastCommitMs = 5_000;

/** What a subscription is made from. */
export interface KafkaSubscriptionSettings {
  readonly topic: string;
  /** Kafka's group id. */
  readonly group: string;
  readonly broadcast: boolean;
  readonly handler: DeliveryHandler;
  readonly options: SubscribeOptions;
  readonly commitMs: number;
  readonly format: RecordFormat;
  readonly driver: Pick<KafkaDriver, "join">;
  readonly environment: Environment;
  readonly broker: Pick<Broker, "name" | "capabilities" | "publish">;
  /** Called when it has closed and leaves its group, which takes until the fetch on its way is back. */
  readonly leaving: (left: Promise<void>) => void;
}

/** A message in hand, and where it came from. */
interface Source {
  readonly partition: number;
  readonly progress: Progress;
  readonly taken: Taken;
  /** Why it is no message. */
  readonly fault: RpcError | undefined;
}

/** One member of a consumer group, and what it does with what it gets. */
export class KafkaSubscription implements Subscription, Receiver {
  readonly topic: string;
  private readonly consumer: Consumer;
  private readonly member: KafkaMember;
  private readonly sources = new WeakMap<BrokerMessage, Source>();
  private readonly partitions = new Map<number, Progress>();
  private owned: ReadonlySet<number> = new Set();
  private timer: Timer | undefined;
  private committing: Promise<void> | undefined;
  private closed: Promise<void> | undefined;

  /** @throws OptionError, NotImplemented `broker.capability`. */
  constructor(private readonly settings: KafkaSubscriptionSettings) {
    const { topic, group, broadcast, options, environment, broker } = settings;
    this.topic = topic;
    this.consumer = consumer({
      topic,
      handler: (delivery) => this.handle(delivery),
      options,
      environment,
      publish: (target, letter, how) => broker.publish(target, letter, how),
      broker,
    });
    this.member = settings.driver.join({ topic, group, broadcast, receiver: this });
  }

  /** Resolves when what is published from now on will arrive. @throws RpcError; it is closed then. */
  async start(): Promise<void> {
    try {
      await this.member.joined;
    } catch (error) {
      await this.close({ timeoutMs: 0 });
      throw error;
    }
  }

  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    return (this.closed ??= this.finish(options));
  }

  private async finish(options: { readonly timeoutMs?: number }): Promise<void> {
    this.member.pause();
    await this.consumer.close(options);
    this.timer?.cancel();
    const { timers, logger } = this.settings.environment;
    const late = (): Error => unreachable(`the last commit of ${this.topic}`, "no answer");
    await within(timers, lastCommitMs, this.commit(), late).catch((error: unknown) =>
      logger.debug("a subscription closed without its last commit", this.about(error)),
    );
    this.settings.leaving(this.member.leave());
  }

  assigned(partitions: readonly number[]): void {
    this.owned = new Set(partitions);
    for (const partition of partitions) this.progressOf(partition).restart();
    for (const [partition, progress] of this.partitions) {
      if (this.owned.has(partition)) continue;
      progress.lose();
      // Without any partition the connection is lost, and perhaps the same ones come back.
      if (progress.isIdle && partitions.length > 0) this.partitions.delete(partition);
    }
  }

  rebalancing(): void {
    this.timer?.cancel();
    this.timer = undefined;
    void this.commit().catch(() => undefined); // what is not committed is delivered again
  }

  hasRoom(partition: number): boolean {
    return this.consumer.free > 0 && this.progressOf(partition).ahead < maxAhead;
  }

  room(): Promise<void> {
    return this.consumer.room();
  }

  receive(partition: number, record: IncomingRecord): void {
    const progress = this.progressOf(partition);
    const taken = progress.take(record.offset);
    if (!taken) return;
    const { message, fault } = this.read(partition, record);
    this.sources.set(message, { partition, progress, taken, fault });
    this.consumer.deliver(message, { key: record.key }).then(
      () => {
        progress.settle(taken);
        this.commitSoon();
      },
      (error: unknown) => this.unsettled(message, error),
    );
  }

  reached(partition: number, offset: number): void {
    this.progressOf(partition).reached(offset);
    this.commitSoon();
  }

  private progressOf(partition: number): Progress {
    let progress = this.partitions.get(partition);
    if (!progress) this.partitions.set(partition, (progress = new Progress()));
    return progress;
  }

  private read(partition: number, record: IncomingRecord) {
    try {
      return { message: this.settings.format.read(record), fault: undefined };
    } catch (error) {
      const id = `${this.topic}/${partition}/${record.offset}`;
      const headers = { "micro-id": id, ...toMetadata(record.headers) };
      const message = { headers, body: record.value ?? new Uint8Array(0) };
      return { message, fault: malformed(id, error) };
    }
  }

  private async handle(delivery: Delivery): Promise<void> {
    const source = this.sources.get(delivery.message);
    if (!source?.progress.holds(source.taken)) return; // its partition's next owner gets it
    const { partition, progress, taken, fault } = source;
    taken.isRunning = true;
    try {
      if (fault) throw fault;
      await this.settings.handler(delivery);
    } catch (error) {
      if (this.owned.has(partition)) throw error;
      progress.drop(taken); // the next try is the next owner's
    } finally {
      taken.isRunning = false;
    }
  }

  private unsettled({ headers }: BrokerMessage, error: unknown): void {
    if (!this.settings.broadcast) return;
    this.settings.environment.logger.warn("a message was dropped: its subscription closed", {
      ...this.about(error),
      id: headers["micro-id"] ?? "",
    });
  }

  private commitSoon(): void {
    if (this.timer || this.closed) return;
    this.timer = this.settings.environment.timers.after(this.settings.commitMs, () => {
      this.timer = undefined;
      this.commit().catch((error: unknown) => {
        this.settings.environment.logger.debug("a commit failed", this.about(error));
        this.commitSoon();
      });
    });
  }

  /** Commits what is settled; one commit at a time. */
  private async commit(): Promise<void> {
    while (this.committing) await this.committing.catch(() => undefined);
    const offsets = new Map<number, number>();
    for (const partition of this.owned) {
      const offset = this.progressOf(partition).toCommit();
      if (offset !== undefined) offsets.set(partition, offset);
    }
    if (offsets.size === 0) return;
    const { owned } = this;
    this.committing = this.member.commit(offsets).then(() => {
      if (owned !== this.owned) return; // another round has begun, which starts from the group's offsets
      for (const [partition, offset] of offsets) this.progressOf(partition).hasCommitted(offset);
    });
    try {
      await this.committing;
    } finally {
      this.committing = undefined;
    }
  }

  private about(error: unknown) {
    const text = error instanceof Error ? error.message : String(error);
    return { topic: this.topic, group: this.settings.group, error: text };
  }
}
