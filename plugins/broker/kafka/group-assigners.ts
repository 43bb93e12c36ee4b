import type { Assigner, AssignerProtocol, Cluster, GroupMember, PartitionAssigner } from "kafkajs";

/** Topic to partitions. */
export type Assignment = Readonly<Record<string, number[]>>;

/** Who wants which topics. */
export interface Subscriber {
  readonly id: string;
  readonly topics: readonly string[];
}

/** Shares partitions out: member to its assignment. */
export type Share = (
  subscribers: readonly Subscriber[],
  partitions: ReadonlyMap<string, readonly number[]>,
) => ReadonlyMap<string, Assignment>;

/** Kafka's `range`: of each topic every subscriber gets one stretch, the first ones get one more. */
export const shareByRange: Share = (subscribers, partitions) => {
  const shares = newShares(subscribers);
  for (const [topic, numbers] of inOrder(partitions)) {
    const takers = takersOf(topic, subscribers);
    const each = Math.floor(numbers.length / takers.length);
    const more = numbers.length % takers.length;
    let start = 0;
    for (const [index, { id }] of takers.entries()) {
      const end = start + each + (index < more ? 1 : 0);
      if (end > start) shares.get(id)![topic] = numbers.slice(start, end);
      start = end;
    }
  }
  return shares;
};

/** Kafka's `roundrobin`: one after the other, leaving out who has not subscribed. */
export const shareRoundRobin: Share = (subscribers, partitions) => {
  const shares = newShares(subscribers);
  const circle = [...subscribers].sort(byId);
  let turn = 0;
  for (const [topic, numbers] of inOrder(partitions)) {
    if (takersOf(topic, subscribers).length === 0) continue;
    for (const number of numbers) {
      while (!circle[turn % circle.length]!.topics.includes(topic)) turn += 1;
      (shares.get(circle[turn % circle.length]!.id)![topic] ??= []).push(number);
      turn += 1;
    }
  }
  return shares;
};

const newShares = (subscribers: readonly Subscriber[]): Map<string, Record<string, number[]>> =>
  new Map(subscribers.map(({ id }) => [id, Object.create(null) as Record<string, number[]>]));

const byId = (one: Subscriber, other: Subscriber): number => (one.id < other.id ? -1 : 1);

const takersOf = (topic: string, subscribers: readonly Subscriber[]): readonly Subscriber[] =>
  subscribers.filter(({ topics }) => topics.includes(topic)).sort(byId);

const inOrder = (
  partitions: ReadonlyMap<string, readonly number[]>,
): readonly (readonly [string, readonly number[]])[] =>
  [...partitions]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([topic, numbers]) => [topic, [...numbers].sort((a, b) => a - b)]);

/**
 * Assigners for kafkajs that look at what each member has subscribed to; kafkajs's own gives all
 * members what the leader wants. Their names are those of other clients, so that members in Go and
 * Java can share a group with ours. `seen` is handed the connection that the member will use.
 */
export function groupAssigners(
  protocol: typeof AssignerProtocol,
  seen: (cluster: Cluster) => void,
): PartitionAssigner[] {
  const assigner =
    (name: string, share: Share): PartitionAssigner =>
    ({ cluster }): Assigner => {
      seen(cluster);
      return {
        name,
        version: 0,
        protocol: ({ topics }) => ({
          name,
          metadata: protocol.MemberMetadata.encode({
            version: 0,
            topics,
            userData: Buffer.alloc(0),
          }),
        }),
        assign: async ({ members }) => {
          const subscribers = members.map((member) => subscriberOf(protocol, member));
          const topics = new Set(subscribers.flatMap((subscriber) => subscriber.topics));
          const shares = share(subscribers, await partitionsOf([...topics], cluster));
          return [...shares].map(([memberId, assignment]) => ({
            memberId,
            memberAssignment: protocol.MemberAssignment.encode({
              version: 0,
              assignment,
              userData: Buffer.alloc(0),
            }),
          }));
        },
      };
    };
  return [assigner("range", shareByRange), assigner("roundrobin", shareRoundRobin)];
}

const subscriberOf = (
  { MemberMetadata }: typeof AssignerProtocol,
  { memberId, memberMetadata }: GroupMember,
): Subscriber => ({ id: memberId, topics: MemberMetadata.decode(memberMetadata)?.topics ?? [] });

/** Asks the server, so that the leader need not subscribe to what others want. Topics that are gone have none. */
async function partitionsOf(
  topics: readonly string[],
  cluster: Cluster,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const [nodeId] = cluster.getNodeIds();
  const broker = await cluster.findBroker({ nodeId: String(nodeId) });
  const known = new Map<string, readonly number[]>();
  for (const topic of topics) {
    try {
      const { topicMetadata } = await broker.metadata([topic]);
      for (const { topic: name, partitionMetadata } of topicMetadata)
        known.set(
          name,
          partitionMetadata.map(({ partitionId }) => partitionId),
        );
    } catch (error) {
      if ((error as { readonly type?: unknown }).type !== "UNKNOWN_TOPIC_OR_PARTITION") throw error;
    }
  }
  return known;
}
