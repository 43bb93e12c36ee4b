import {
  TooManyRequests,
  toMetadata,
  type BrokerMessage,
  type Consumer,
  type Environment,
  type Logger,
  type PublishOptions,
  type Timer,
} from "../../../src/spi.js";
import { GroupQueue } from "./group-queue.js";

interface Delayed {
  readonly timer: Timer;
  readonly drop: () => void;
}

/** How a hub takes a message. */
export interface HubPublishOptions extends PublishOptions {
  readonly maxQueued: number;
  readonly environment: Pick<Environment, "timers" | "logger">;
}

/**
 * The medium of memory brokers: those that share a hub hear each other. Made by
 * {@link memoryBrokerHub}; its methods are the brokers' own.
 */
export class MemoryBrokerHub {
  private published = 0;
  private readonly topics = new Map<string, Map<string | symbol, GroupQueue>>();
  private readonly delayed = new Set<Delayed>();
  private readonly brokers = new Set<object>();

  connect(broker: object): void {
    this.brokers.add(broker);
  }

  /** When the last broker goes, so do the messages held back by `delayMs`. */
  disconnect(broker: object): void {
    if (!this.brokers.delete(broker) || this.brokers.size > 0) return;
    for (const { timer, drop } of this.delayed) {
      timer.cancel();
      drop();
    }
    this.delayed.clear();
  }

  /** Adds a member; the result takes it away again and then waits until `close` has settled it. */
  join(topic: string, group: string | undefined, member: Consumer, logger: Logger) {
    const queues = this.topics.get(topic) ?? new Map<string | symbol, GroupQueue>();
    this.topics.set(topic, queues);
    const name = group ?? Symbol("broadcast");
    const queue = queues.get(name) ?? new GroupQueue();
    queues.set(name, queue);
    queue.join(member);
    return async (close: () => Promise<void>): Promise<void> => {
      queue.leave(member);
      await close();
      await Promise.resolve(); // what was handed back is in the queue again
      if (queue.hasMembers || queues.get(name) !== queue) return;
      if (group === undefined) queue.drop(logger, topic);
      if (queue.size === 0) queues.delete(name); // a group's unsettled messages wait for a member
      if (queues.size === 0) this.topics.delete(topic);
    };
  }

  publish(topic: string, message: BrokerMessage, options: HubPublishOptions): void {
    const { delayMs = 0, key, maxQueued, environment } = options;
    const copy = { headers: toMetadata(message.headers), body: message.body.slice() };
    if (!(delayMs > 0)) {
      this.refuseWhenFull(topic, maxQueued);
      this.route(topic, copy, key, environment.logger);
      return;
    }
    if (this.delayed.size >= maxQueued) throw full(topic, maxQueued);
    const drop = (): void =>
      environment.logger.warn(
        "a delayed message was dropped: no broker is connected",
        about(topic, copy),
      );
    const timer = environment.timers.after(delayMs, () => {
      this.delayed.delete(held);
      this.route(topic, copy, key, environment.logger);
    });
    const held: Delayed = { timer, drop };
    this.delayed.add(held);
  }

  private refuseWhenFull(topic: string, maxQueued: number): void {
    for (const queue of this.topics.get(topic)?.values() ?? [])
      if (queue.hasMembers && queue.size >= maxQueued) throw full(topic, maxQueued);
  }

  private route(
    topic: string,
    message: BrokerMessage,
    key: string | undefined,
    logger: Logger,
  ): void {
    const queues = [...(this.topics.get(topic)?.values() ?? [])].filter(
      (queue) => queue.hasMembers,
    );
    this.published += 1;
    for (const queue of queues) queue.add(this.published, message, key);
    if (queues.length === 0)
      logger.debug("a message was dropped: nobody is subscribed", about(topic, message));
  }
}

/** A medium for several apps of one process: give the same hub to each one's `memoryBroker`. */
export const memoryBrokerHub = (): MemoryBrokerHub => new MemoryBrokerHub();

const about = (topic: string, { headers }: BrokerMessage) => ({
  topic,
  id: headers["micro-id"] ?? "",
});

const full = (topic: string, maxQueued: number): TooManyRequests =>
  new TooManyRequests(`${maxQueued} messages for ${topic} wait already`, {
    reason: "broker.full",
    retry: "safe",
  });
