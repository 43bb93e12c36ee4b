import type { Consumer } from "kafkajs";
import type { Environment } from "../../../src/spi.js";
import type { GroupOffsets } from "./group-offsets.js";
import { sleep } from "./within.js";

/** Milliseconds between looks at the group. */
const pollMs = 10;

/** How long another member may keep the group's first offsets to itself. */
const patienceMs = 3_000;

/** What the start of a group is made from. */
export interface GroupStartSettings {
  readonly topic: string;
  /** The group is this member's alone, and new. */
  readonly broadcast: boolean;
  /** Where a new group begins. */
  readonly startFrom: "newest" | "oldest";
  readonly environment: Pick<Environment, "clock" | "timers">;
  /** Called once, when every partition of the topic has an offset in the group. */
  readonly ready: () => void;
  /** Hears why it is not ready yet. */
  readonly delayed: (error: unknown) => void;
}

/**
 * Gives each partition an offset in the group before anything of it is received: else the group
 * would start wherever the log ends when it first reads, or when it comes back.
 */
export class GroupStart {
  isReady = false;
  private isNewGroup: boolean | undefined;
  private readonly started = new Set<number>();

  constructor(private readonly settings: GroupStartSettings) {}

  /** Finds out, before the group is joined for the first time, whether it was on this topic before. */
  async look(offsets: GroupOffsets): Promise<void> {
    this.isNewGroup ??= this.settings.broadcast || (await offsets.committed()).size === 0;
  }

  /** Whether the group is known to have an offset for that partition. */
  has(partition: number): boolean {
    return this.started.has(partition);
  }

  /** Waits until `has` tells, or this round is over. Between looks it calls `pulse`. */
  async wait(partition: number, isOver: () => boolean, pulse: () => Promise<void>): Promise<void> {
    while (!isOver() && !this.has(partition)) {
      await sleep(this.settings.environment.timers, pollMs);
      await pulse();
    }
  }

  /** Sees to the partitions that were assigned in one round. */
  async settle(
    consumer: Consumer,
    offsets: GroupOffsets,
    assigned: readonly number[],
    isOver: () => boolean,
  ): Promise<void> {
    const unknown = assigned.filter((partition) => !this.has(partition));
    if (this.isReady && unknown.length === 0) return;
    const { clock, timers } = this.settings.environment;
    const patientUntil = clock.monotonic() + patienceMs;
    while (!isOver()) {
      try {
        const committed = await offsets.committed();
        if (isOver()) return;
        const missing = unknown.filter((partition) => !committed.has(partition));
        if (missing.length > 0) await this.commit(consumer, offsets, missing, isOver);
        else {
          this.release(consumer, unknown, committed);
          const everywhere = offsets.partitions().every((partition) => committed.has(partition));
          if (this.isReady || everywhere || clock.monotonic() > patientUntil) {
            this.isReady = true;
            this.settings.ready();
            return;
          }
        }
      } catch (error) {
        this.settings.delayed(error);
      }
      await sleep(timers, pollMs);
    }
  }

  /** A new group starts where it was told; partitions that came later are read from their beginning. */
  private async commit(
    consumer: Consumer,
    offsets: GroupOffsets,
    partitions: readonly number[],
    isOver: () => boolean,
  ): Promise<void> {
    const { topic, startFrom } = this.settings;
    const starts = await offsets.ends(
      partitions,
      this.isNewGroup && !this.isReady ? startFrom : "oldest",
    );
    if (!isOver())
      await consumer.commitOffsets(
        starts.map(({ partition, offset }) => ({ topic, partition, offset })),
      );
  }

  private release(
    consumer: Consumer,
    partitions: readonly number[],
    committed: ReadonlyMap<number, string>,
  ): void {
    for (const partition of partitions) {
      const offset = committed.get(partition);
      if (offset === undefined) continue;
      consumer.seek({ topic: this.settings.topic, partition, offset });
      this.started.add(partition);
    }
  }
}
