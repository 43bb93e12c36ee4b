import type { Consumer, EachBatchPayload } from "kafkajs";
import type { Environment } from "../../../src/spi.js";
import type { Membership } from "./driver.js";
import { kafkaErrorTypes, unreachable } from "./failures.js";
import type { GroupOffsets } from "./group-offsets.js";
import type { GroupStart } from "./group-start.js";
import { incomingRecord } from "./kafkajs-record.js";

/** Partitions whose batches are read side by side. */
const batches = 16;

/** After these kafkajs joins again. */
const roundEnds = [
  "REBALANCE_IN_PROGRESS",
  "NOT_COORDINATOR_FOR_GROUP",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
];

/** What a session is made from. */
export interface KafkajsSessionSettings {
  readonly membership: Membership;
  readonly consumer: Consumer;
  readonly offsets: GroupOffsets;
  readonly start: GroupStart;
  readonly heartbeatMs: number;
  readonly environment: Pick<Environment, "timers" | "clock">;
  /** Called whenever the group has been joined. */
  readonly joined: () => void;
  /** Called once, when kafkajs gives up. */
  readonly failed: (error: unknown) => void;
}

/** What a member does through one of kafkajs's consumers, from joining until it leaves or fails. */
export class KafkajsSession {
  private commitNow: EachBatchPayload["commitOffsetsIfNecessary"] | undefined;
  /** Counts how often the group has shared out. */
  private round = 0;
  /** The round is known to end: batches end, too. */
  private isInterrupted = false;
  private isPaused = false;
  private isOver = false;

  constructor(private readonly parts: KafkajsSessionSettings) {
    const { consumer, membership } = parts;
    const { events } = consumer;
    consumer.on(events.GROUP_JOIN, ({ payload }) =>
      this.joined(payload.memberAssignment[membership.topic] ?? []),
    );
    consumer.on(events.REBALANCING, () => {
      if (!this.isOver) membership.receiver.rebalancing();
    });
    consumer.on(events.CRASH, ({ payload }) => this.fail(payload.error));
  }

  /** Joins the group. Failures go to `failed`. */
  async run(): Promise<void> {
    const { consumer, membership, offsets, start } = this.parts;
    try {
      await consumer.connect();
      // From the beginning, because that is where kafkajs goes, too, when an offset is no longer there.
      await consumer.subscribe({ topics: [membership.topic], fromBeginning: true });
      await start.look(offsets);
      if (!this.isOver)
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: batches,
          eachBatch: (payload) => this.receive(payload),
        });
    } catch (error) {
      this.fail(error);
    }
    if (this.isOver) void this.end().catch(() => undefined); // it ended while it was joining
  }

  pause(): void {
    this.isPaused = true;
    try {
      this.parts.consumer.pause([{ topic: this.parts.membership.topic }]);
    } catch {
      // it has not joined yet, and will be paused when it does
    }
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    if (!this.commitNow) throw unreachable("cannot commit", "the group has not been joined again");
    const { topic } = this.parts.membership;
    const partitions = [...offsets].map(([partition, offset]) => ({
      partition,
      offset: String(offset),
    }));
    await this.commitNow({ topics: [{ topic, partitions }] });
  }

  /** Leaves the group and closes the connection. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.parts.consumer.disconnect();
  }

  private fail(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    void this.end().catch(() => undefined);
    this.parts.failed(error);
  }

  /** The group has shared out: these partitions are ours now. */
  private joined(partitions: readonly number[]): void {
    if (this.isOver) return;
    const { consumer, membership, offsets, start } = this.parts;
    this.round += 1;
    this.isInterrupted = false;
    if (this.isPaused) this.pause();
    this.parts.joined();
    membership.receiver.assigned(partitions);
    const { round } = this;
    void start.settle(consumer, offsets, partitions, () => this.isOver || this.round !== round);
  }

  private async receive(payload: EachBatchPayload): Promise<void> {
    const { membership, start } = this.parts;
    const { receiver } = membership;
    const { batch } = payload;
    const { round } = this;
    const isOver = (): boolean =>
      this.isOver ||
      this.round !== round ||
      this.isInterrupted ||
      this.isPaused ||
      !payload.isRunning() ||
      payload.isStale();
    this.commitNow = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const pulse = this.pulse(payload);
    // What was read before the group had an offset is read again from there: the payload is stale then.
    await start.wait(batch.partition, isOver, pulse);
    for (const message of batch.messages) {
      await pulse();
      while (!isOver() && !receiver.hasRoom(batch.partition)) {
        await this.waitForRoom();
        await pulse();
      }
      if (isOver()) return;
      receiver.receive(batch.partition, incomingRecord(message));
      payload.resolveOffset(message.offset);
    }
    if (!isOver()) receiver.reached(batch.partition, Number(batch.lastOffset()) + 1);
  }

  /** Tells the group, now and then, that this member is alive; throws when the group shares out anew. */
  private pulse(payload: EachBatchPayload): () => Promise<void> {
    const { environment, heartbeatMs } = this.parts;
    let next = environment.clock.monotonic() + heartbeatMs;
    return async () => {
      if (environment.clock.monotonic() < next) return;
      next = environment.clock.monotonic() + heartbeatMs;
      try {
        await payload.heartbeat();
      } catch (error) {
        // The other partitions' batches end, too. After any other failure kafkajs fetches them again.
        const types = kafkaErrorTypes(error);
        if (roundEnds.some((type) => types.has(type))) this.isInterrupted = true;
        throw error;
      }
    };
  }

  private async waitForRoom(): Promise<void> {
    const { environment, heartbeatMs, membership } = this.parts;
    await new Promise<void>((resolve) => {
      const timer = environment.timers.after(heartbeatMs, resolve);
      void membership.receiver.room().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
