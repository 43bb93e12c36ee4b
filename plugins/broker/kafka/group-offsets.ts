import type { Cluster } from "kafkajs";

/** Where a partition is read from. */
export interface PartitionStart {
  readonly partition: number;
  readonly offset: string;
}

/** What a group has committed on a topic, and where the topic's partitions begin and end. */
export class GroupOffsets {
  constructor(
    private readonly cluster: Cluster,
    private readonly group: string,
    private readonly topic: string,
  ) {}

  /** The topic's partitions, as far as this member knows. */
  partitions(): number[] {
    return this.cluster
      .findTopicPartitionMetadata(this.topic)
      .map(({ partitionId }) => partitionId);
  }

  /** The committed offsets; partitions without one are left out. */
  async committed(): Promise<ReadonlyMap<number, string>> {
    const { group: groupId, topic, cluster } = this;
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    const partitions = this.partitions().map((partition) => ({ partition, offset: "" }));
    const { responses } = await coordinator.offsetFetch({
      groupId,
      topics: [{ topic, partitions }],
    });
    const offsets = new Map<number, string>();
    for (const { partitions: fetched } of responses)
      for (const { partition, offset } of fetched)
        if (Number(offset) >= 0) offsets.set(partition, offset);
    return offsets;
  }

  /** The first or the next offset of these partitions. */
  async ends(
    partitions: readonly number[],
    which: "newest" | "oldest",
  ): Promise<readonly PartitionStart[]> {
    const { topic } = this;
    const [found] = await this.cluster.fetchTopicsOffset([
      {
        topic,
        fromBeginning: which === "oldest",
        partitions: partitions.map((partition) => ({ partition })),
      },
    ]);
    return found?.partitions ?? [];
  }
}
