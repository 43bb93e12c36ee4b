import type { Metadata } from "../../../src/spi.js";

/** A record on its way to Kafka. */
export interface OutgoingRecord {
  readonly key: string | undefined;
  readonly value: Uint8Array;
  readonly headers: Metadata;
}

/** A record from Kafka. */
export interface IncomingRecord {
  readonly offset: number;
  readonly key: string | undefined;
  /** Undefined: the record has no value, which in a compacted topic means "deleted". */
  readonly value: Uint8Array | undefined;
  /** Names are lower-case. */
  readonly headers: Metadata;
}

/** Takes what a member of a consumer group is given. Nothing here may throw. */
export interface Receiver {
  /** From now on these partitions are the member's, and what it gets starts at the committed offset again. */
  assigned(partitions: readonly number[]): void;
  /** The group is about to share its partitions out anew: the last chance to commit. */
  rebalancing(): void;
  /** Whether `receive` may be called for this partition now. */
  hasRoom(partition: number): boolean;
  /** Resolves when there may be room again; `hasRoom` tells. */
  room(): Promise<void>;
  receive(partition: number, record: IncomingRecord): void;
  /** No record of this partition is left below `offset`. */
  reached(partition: number, offset: number): void;
}

/** How to become a member of a consumer group, on one topic. */
export interface Membership {
  readonly topic: string;
  readonly group: string;
  /** The group has one member and goes with it. */
  readonly broadcast: boolean;
  readonly receiver: Receiver;
}

/** A member of a consumer group. It joins again by itself, whatever happens, until it leaves. */
export interface KafkaMember {
  /**
   * Resolves when what is published from now on will reach the group, even if this member dies.
   * @throws RpcError when it could not join in time.
   */
  readonly joined: Promise<void>;
  /** Commits offsets of partitions that are the member's. @throws when the group did not take them. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  /** Receives nothing more, and stays in the group. */
  pause(): void;
  /** Leaves the group, so that others get its partitions at once. Idempotent. */
  leave(): Promise<void>;
}

/** All that the broker needs from a Kafka client, so that another client can take this one's place. */
export interface KafkaDriver {
  /** @throws Unavailable `broker.unreachable`, Unauthorized `broker.unauthorized`. */
  connect(): Promise<void>;
  /** Closes the connections. Members have left by then. */
  disconnect(): Promise<void>;
  /** Resolves when the topic is there; creates it where that is wanted. */
  ensureTopic(topic: string): Promise<void>;
  /**
   * Resolves when all in-sync replicas have the records; records of one key go to one partition, in
   * this order. Tries a few times only.
   * @throws Unavailable `broker.unreachable` when another try may help; records may be there twice then.
   */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  /** Starts to join; returns at once. */
  join(membership: Membership): KafkaMember;
}
