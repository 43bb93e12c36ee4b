import type { Environment, RpcError } from "../../../src/spi.js";
import type { KafkaDriver } from "./driver.js";
import { failureOf } from "./failures.js";
import type { Publication } from "./publication.js";
import { sleep } from "./within.js";

/** Messages of one request. */
const maxBatch = 1_000;
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** Kafka takes all records of a request or none: for these reasons the others may be fine. */
const blamesRecords = new Set<string | undefined>(["broker.too-large", "broker.refused"]);

/** What a lane is made from. */
export interface LaneSettings {
  readonly maxMessageBytes: number;
  readonly driver: Pick<KafkaDriver, "ensureTopic" | "send">;
  readonly environment: Pick<Environment, "timers" | "random" | "logger">;
  /** Called when nothing waits any more. */
  readonly idle: () => void;
}

/**
 * What is published to one topic, one request at a time: so the order of a key holds, whatever has
 * to be tried again, and a topic that fails holds up no other.
 */
export class Lane {
  private waiting: Publication[] = [];
  private isRunning = false;

  constructor(
    private readonly topic: string,
    private readonly settings: LaneSettings,
  ) {}

  add(publication: Publication): void {
    this.waiting.push(publication);
    if (this.isRunning) return;
    this.isRunning = true;
    void this.run();
  }

  private async run(): Promise<void> {
    await Promise.resolve(); // what is published in one go travels together
    for (let batch = this.nextBatch(); batch.length > 0; batch = this.nextBatch())
      await this.deliver(batch);
    this.isRunning = false;
    this.settings.idle();
  }

  /** As many as fit into one record batch, which Kafka limits like a single message. */
  private nextBatch(): Publication[] {
    this.waiting = this.waiting.filter(({ isSettled }) => !isSettled);
    let bytes = 0;
    let count = 0;
    for (const publication of this.waiting) {
      bytes += publication.bytes;
      if (count > 0 && (bytes > this.settings.maxMessageBytes || count === maxBatch)) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  /** Tries until each is taken, refused, or out of time. */
  private async deliver(batch: readonly Publication[]): Promise<void> {
    const { timers, random, logger } = this.settings.environment;
    let left = batch;
    for (let tries = 0; left.length > 0; tries += 1) {
      const failure = await this.send(left);
      if (!failure) {
        for (const publication of left) publication.resolve();
        return;
      }
      if (blamesRecords.has(failure.reason) && left.length > 1) {
        const half = Math.ceil(left.length / 2);
        await this.deliver(left.slice(0, half));
        await this.deliver(left.slice(half));
        return;
      }
      for (const publication of left) publication.failure = failure;
      if (failure.reason !== "broker.unreachable") {
        for (const publication of left) publication.reject(failure);
        return;
      }
      logger.debug("a publish failed and is tried again", {
        topic: this.topic,
        messages: left.length,
        error: failure.message,
      });
      await sleep(timers, random.next() * Math.min(longestPauseMs, firstPauseMs * 2 ** tries));
      left = left.filter(({ isSettled }) => !isSettled);
    }
  }

  private async send(batch: readonly Publication[]): Promise<RpcError | undefined> {
    const { driver } = this.settings;
    try {
      await driver.ensureTopic(this.topic);
      await driver.send(
        this.topic,
        batch.map(({ record }) => record),
      );
      return undefined;
    } catch (error) {
      return failureOf(`cannot publish to ${this.topic}`, error);
    }
  }
}
