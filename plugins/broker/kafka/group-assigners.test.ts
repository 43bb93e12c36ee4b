import { describe, expect, test } from "@jest/globals";
import { AssignerProtocol, type Cluster } from "kafkajs";
import { groupAssigners, shareByRange, shareRoundRobin, type Share } from "./group-assigners.js";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Shares as plain objects. */
const shared = (
  share: Share,
  wanted: Readonly<Record<string, readonly string[]>>,
  partitions: Readonly<Record<string, number>>,
) => {
  const subscribers = Object.entries(wanted).map(([id, topics]) => ({ id, topics }));
  const numbers = new Map(Object.entries(partitions).map(([topic, count]) => [topic, upTo(count)]));
  const shares = [...share(subscribers, numbers)];
  return Object.fromEntries(shares.map(([id, assignment]) => [id, { ...assignment }]));
};

describe("sharing partitions out", () => {
  test("range: one stretch a member and topic, the first get one more", () => {
    const wanted = { b: ["t", "u"], a: ["t", "u"], c: ["u"] };
    expect(shared(shareByRange, wanted, { t: 5, u: 2 })).toEqual({
      a: { t: [0, 1, 2], u: [0] },
      b: { t: [3, 4], u: [1] },
      c: {},
    });
  });

  test("roundrobin: in turn, leaving out who does not want the topic", () => {
    const wanted = { a: ["t"], b: ["t", "u"], c: ["u"] };
    expect(shared(shareRoundRobin, wanted, { t: 3, u: 3 })).toEqual({
      a: { t: [0, 2] },
      b: { t: [1], u: [0, 2] },
      c: { u: [1] },
    });
  });

  test.each([shareByRange, shareRoundRobin])(
    "%p: each partition goes to one who wants it",
    (share) => {
      const wanted = { a: ["t", "u"], b: ["t"], c: ["u", "v"], d: ["v"] };
      const shares = shared(share, wanted, { t: 7, u: 1, v: 4 });
      const given = Object.entries(shares).flatMap(([id, assignment]) =>
        Object.entries(assignment).flatMap(([topic, numbers]) => {
          expect((wanted as Record<string, string[]>)[id]).toContain(topic);
          return numbers.map((number) => `${topic}${number}`);
        }),
      );
      expect(given.sort()).toEqual([
        ...upTo(7).map((number) => `t${number}`),
        "u0",
        ...upTo(4).map((number) => `v${number}`),
      ]);
    },
  );

  test("a topic that nobody wants, or that has no partitions, is left out", () => {
    expect(shared(shareRoundRobin, { a: ["gone"] }, { strange: 2, gone: 0 })).toEqual({ a: {} });
  });
});

describe("the assigners for kafkajs", () => {
  const partitionsOf: Readonly<Record<string, number>> = { t: 2, u: 1 };
  const broker = {
    metadata: async ([topic = ""]: string[]) => {
      const count = partitionsOf[topic];
      if (count === undefined)
        throw Object.assign(new Error("gone"), { type: "UNKNOWN_TOPIC_OR_PARTITION" });
      const partitionMetadata = upTo(count).map((partitionId) => ({ partitionId }));
      return { topicMetadata: [{ topic, partitionMetadata }] };
    },
  };
  const cluster = { getNodeIds: () => [1], findBroker: async () => broker } as unknown as Cluster;

  test("look at each member's own topics, and are called as in Go and Java", async () => {
    const seen: Cluster[] = [];
    const makers = groupAssigners(AssignerProtocol, (connection) => seen.push(connection));
    const assigners = makers.map((make) =>
      make({ cluster, groupId: "g", logger: undefined as never }),
    );
    expect(assigners.map(({ name }) => name)).toEqual(["range", "roundrobin"]);
    expect(seen).toEqual([cluster, cluster]);
    const [range] = assigners;
    const member = (memberId: string, ...topics: string[]) => ({
      memberId,
      memberMetadata: range!.protocol({ topics }).metadata,
    });
    const given = await range!.assign({
      members: [member("b", "t"), member("a", "t", "u", "gone")],
      topics: ["gone"], // what the leader wants is not what counts
    });
    const decoded = given.map(({ memberId, memberAssignment }) => [
      memberId,
      { ...AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment },
    ]);
    expect(Object.fromEntries(decoded)).toEqual({ a: { t: [0], u: [0] }, b: { t: [1] } });
  });
});
