import { describe, expect, test } from "@jest/globals";
import { silentLogger } from "../../../src/spi.js";
import { brokerContract } from "../../../test/contracts/broker-contract.js";
import { virtualBrokerHarness } from "../../../test/support/broker-harness.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { realEnvironment } from "../../standard/environment.js";
import type {
  IncomingRecord,
  KafkaDriver,
  KafkaMember,
  Membership,
  OutgoingRecord,
} from "./driver.js";
import { fromSettings, kafkaBroker, type KafkaBrokerOptions } from "./index.js";
import { KafkaBroker } from "./kafka-broker.js";
import { settingsOf } from "./settings.js";

const partitionCount = 3;

/** The logs and groups of a Kafka in memory. */
class LogServer {
  readonly #topics = new Map<string, IncomingRecord[][]>();
  readonly #groups = new Map<string, LogGroup>();

  topic(name: string): IncomingRecord[][] {
    let partitions = this.#topics.get(name);
    if (!partitions)
      this.#topics.set(
        name,
        (partitions = Array.from({ length: partitionCount }, (): IncomingRecord[] => [])),
      );
    return partitions;
  }

  group(topic: string, name: string): LogGroup {
    const id = `${name} ${topic}`;
    let group = this.#groups.get(id);
    if (!group) this.#groups.set(id, (group = new LogGroup(this.topic(topic))));
    return group;
  }

  append(topic: string, { key, value, headers }: OutgoingRecord): void {
    const partitions = this.topic(topic);
    const number =
      key === undefined ? Math.min(...partitions.map((log) => log.length)) : key.length;
    const log = partitions[number % partitionCount]!;
    log.push({ offset: log.length, key, value, headers });
    for (const group of this.#groups.values()) group.wake();
  }
}

/** A group on one topic: members in turn get a partition each. */
class LogGroup {
  readonly #members: { readonly membership: Membership; isPaused: boolean }[] = [];
  readonly #committed: number[];
  #round = 0;
  #wake: () => void = () => undefined;
  #woken = new Promise<void>(() => undefined);

  constructor(private readonly logs: IncomingRecord[][]) {
    this.#committed = logs.map((log) => log.length);
    this.wake();
  }

  wake(): void {
    this.#wake();
    this.#woken = new Promise((resolve) => (this.#wake = resolve));
  }

  join(membership: Membership): KafkaMember {
    const member = { membership, isPaused: false };
    const joined = Promise.resolve().then(() => {
      this.#members.push(member);
      this.#shareOut();
    });
    return {
      joined,
      commit: async (offsets) => {
        for (const [partition, offset] of offsets) this.#committed[partition] = offset;
      },
      pause: () => void (member.isPaused = true),
      leave: async () => {
        const index = this.#members.indexOf(member);
        if (index >= 0) this.#members.splice(index, 1);
        membership.receiver.assigned([]);
        this.#shareOut();
      },
    };
  }

  #shareOut(): void {
    for (const { membership } of this.#members) membership.receiver.rebalancing();
    this.#round += 1;
    const round = this.#round;
    void Promise.resolve().then(async () => {
      await Promise.resolve(); // the last commits of the round are in
      for (const [index, member] of this.#members.entries()) {
        const { receiver } = member.membership;
        const own = [...this.logs.keys()].filter((each) => each % this.#members.length === index);
        receiver.assigned(own);
        for (const partition of own)
          void this.#read(member, partition, () => round !== this.#round || member.isPaused);
      }
    });
  }

  async #read(
    { membership: { receiver } }: { readonly membership: Membership },
    partition: number,
    isOver: () => boolean,
  ): Promise<void> {
    for (let offset = this.#committed[partition]!; !isOver();) {
      const record = this.logs[partition]![offset];
      if (!record) await this.#woken;
      else if (!receiver.hasRoom(partition)) await receiver.room();
      else {
        receiver.receive(partition, record);
        offset += 1;
      }
    }
  }
}

const logDriver = (server: LogServer): KafkaDriver => ({
  connect: async () => undefined,
  disconnect: async () => undefined,
  ensureTopic: async () => undefined,
  send: async (topic, records) => records.forEach((record) => server.append(topic, record)),
  join: (membership) => server.group(membership.topic, membership.group).join(membership),
});

describe.each(["go-micro", "native"] as const)("%s, on any client", (format) => {
  describeContract(brokerContract, () =>
    virtualBrokerHarness((world) => {
      const driver = logDriver(new LogServer());
      const settings = settingsOf({ format, maxMessageBytes: 2_000_000 });
      return () => new KafkaBroker(settings, driver, world.environment());
    }),
  );
});

describe("the kafka broker", () => {
  test("says what it can do, and where it is", async () => {
    const plugin = kafkaBroker({ brokers: ["a:9092", "b:9092"] });
    const broker = await plugin.create(virtualWorld().environment());
    expect(broker).toMatchObject({
      name: "kafka",
      address: "a:9092,b:9092",
      capabilities: { durable: true, redelivery: true, orderAcrossMembers: true, delay: false },
    });
  });

  test("takes Kafka's addresses from the environment's settings", async () => {
    const at = async (...addresses: string[]) =>
      (await fromSettings({ addresses }).create(virtualWorld().environment())).address;
    expect([await at("k:1", "k:2"), await at()]).toEqual(["k:1,k:2", "127.0.0.1:9092"]);
  });

  test.each(["", "a b", "a/b", ".", "..", "x".repeat(250), "grün"])(
    "refuses the topic %p, as Kafka would",
    async (topic) => {
      const settings = settingsOf({});
      const world = virtualWorld();
      const broker = new KafkaBroker(settings, logDriver(new LogServer()), world.environment());
      await broker.connect();
      const message = { headers: {}, body: new Uint8Array(0) };
      await expect(broker.publish(topic, message)).rejects.toThrow(/topic/);
      await expect(broker.subscribe(topic, async () => undefined)).rejects.toThrow(/topic/);
      await broker.disconnect();
    },
  );

  test.each<[string, KafkaBrokerOptions]>([
    ["brokers", { brokers: [] }],
    ["brokers", { brokers: [""] }],
    ["format", { format: "xml" as "native" }],
    ["partitions", { partitions: 0 }],
    ["replicationFactor", { replicationFactor: 1.5 }],
    ["startFrom", { startFrom: "middle" as "newest" }],
    ["timeoutMs", { timeoutMs: -1 }],
    ["maxQueued", { maxQueued: 0 }],
    ["heartbeatMs", { heartbeatMs: 900, sessionTimeoutMs: 1_000 }],
    ["sasl.mechanism", { sasl: { mechanism: "md5" as "plain", username: "u", password: "p" } }],
    ["sasl.password", { sasl: { mechanism: "plain", username: "u", password: "" } }],
  ])("refuses a %s that makes no sense: %j", (option, options) => {
    expect(() => kafkaBroker(options)).toThrow(`kafkaBroker.${option}`);
  });

  test("nobody there: connecting fails in time, with the address and the reason", async () => {
    const plugin = kafkaBroker({ brokers: ["127.0.0.1:1"], timeoutMs: 3_000 });
    const broker = await plugin.create(realEnvironment({ logger: silentLogger }));
    await expect(broker.connect()).rejects.toMatchObject({
      code: 503,
      reason: "broker.unreachable",
      message: expect.stringMatching(/Kafka at 127\.0\.0\.1:1: .*ECONNREFUSED/) as unknown,
    });
    await broker.disconnect();
  });
});
