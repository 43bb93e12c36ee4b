import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { Kafka, logLevel } from "kafkajs";
import { kafkaBroker, type KafkaBrokerOptions } from "../../../plugins/broker/kafka/index.js";
import type { Broker, BrokerMessage, Delivery } from "../../../src/spi.js";
import { eventually, realWorld } from "../support/real-world.js";
import { ConsumerFleet } from "./consumer-fleet.js";
import { lagOf, withAdmin } from "./kafka-admin.js";
import { freshTopic, quick } from "./kafka-harness.js";
import { startKafka, type KafkaServer, type KafkaVersion } from "./kafka-server.js";

const message = (text: string, headers: Record<string, string> = {}): BrokerMessage => ({
  headers: { "micro-id": text, ...headers },
  body: Buffer.from(text),
});
const textOf = ({ message: { body } }: Delivery): string => Buffer.from(body).toString();
const elapse = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A handler, and the texts that it was given. */
function inbox() {
  const texts: string[] = [];
  return { texts, handler: async (delivery: Delivery) => void texts.push(textOf(delivery)) };
}

describe.each<KafkaVersion>(["3.9", "4.x"])("Kafka %s", (version) => {
  let server: KafkaServer;
  const brokers: Broker[] = [];
  beforeAll(async () => void (server = await startKafka({ version })));
  afterEach(() => Promise.all(brokers.splice(0).map((broker) => broker.disconnect())));
  afterAll(() => server.stop());

  async function open(options: KafkaBrokerOptions = {}) {
    const { environment, log } = realWorld();
    const all = { ...quick, brokers: server.brokers, ...options };
    const broker = await kafkaBroker(all).create(environment);
    brokers.push(broker);
    await broker.connect();
    return { broker, log };
  }

  const rawProducer = async (topic: string, records: readonly Record<string, unknown>[]) => {
    const client = new Kafka({ brokers: [...server.brokers], logLevel: logLevel.NOTHING });
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic, messages: records as never[] });
    await producer.disconnect();
  };

  test("members of one group, in different processes, may want different topics", async () => {
    const fleet = new ConsumerFleet();
    const [one, other, both] = [freshTopic(), freshTopic(), freshTopic()];
    const task = { options: { ...quick, brokers: server.brokers }, group: "mixed" };
    try {
      await Promise.all([
        fleet.add({ ...task, topics: [one, both] }),
        fleet.add({ ...task, topics: [both, other] }),
      ]);
      const { broker } = await open();
      const sent: string[] = [];
      for (const topic of [one, other, both])
        for (let number = 0; number < 40; number += 1) {
          await broker.publish(topic, message(`${number}`), { key: `${number}` });
          sent.push(`${topic} ${number}`);
        }
      await eventually(() => expect(fleet.handled().flat().sort()).toEqual(sent.sort()));
      const topicsOf = (lines: readonly string[] = []) =>
        [...new Set(lines.map((line) => line.split(" ")[0]))].sort();
      expect(fleet.handled().map(topicsOf)).toEqual([[one, both].sort(), [both, other].sort()]);
    } finally {
      await fleet[Symbol.asyncDispose]();
    }
  });

  test("members of a new group that start together get all that is new and nothing old", async () => {
    const topic = freshTopic();
    const { broker } = await open();
    for (let number = 0; number < 20; number += 1) await broker.publish(topic, message("old"));
    const members = await Promise.all([open(), open(), open()]);
    const { texts, handler } = inbox();
    await Promise.all(
      members.map((member) => member.broker.subscribe(topic, handler, { group: "g" })),
    );
    const sent = Array.from({ length: 60 }, (_, number) => `new ${number}`);
    await Promise.all(sent.map((text) => broker.publish(topic, message(text))));
    await eventually(() => expect([...texts].sort()).toEqual([...sent].sort()));
    await eventually(async () => expect(await lagOf(server, "g", topic)).toBe(0));
  });

  test("startFrom oldest: a new group gets what is there", async () => {
    const topic = freshTopic();
    const { broker } = await open({ startFrom: "oldest" });
    await broker.publish(topic, message("old"));
    const { texts, handler } = inbox();
    await broker.subscribe(topic, handler, { group: "g" });
    await eventually(() => expect(texts).toEqual(["old"]));
  });

  test("a group whose member died without a trace goes on where it was", async () => {
    const topic = freshTopic();
    const fleet = new ConsumerFleet();
    const task = { options: { ...quick, brokers: server.brokers }, topics: [topic], group: "g" };
    try {
      const child = await fleet.add(task);
      await child.kill("SIGKILL"); // before it was given anything
      const { broker } = await open();
      await broker.publish(topic, message("meanwhile"));
      await fleet.add(task);
      await eventually(() => expect(fleet.handled().flat()).toEqual([`${topic} meanwhile`]));
    } finally {
      await fleet[Symbol.asyncDispose]();
    }
  });

  test("what is no message goes to the dead letters, or is logged with its place", async () => {
    const topic = freshTopic();
    const { broker, log } = await open({ partitions: 1 });
    const [good, letters] = [inbox(), inbox()];
    const reasons: (string | undefined)[] = [];
    await broker.subscribe(`${topic}.dead-letter`, async (delivery) => {
      await letters.handler(delivery);
      reasons.push(delivery.message.headers["dead-letter-reason"]);
    });
    await broker.subscribe(topic, good.handler, { group: "g", deadLetter: true });
    await broker.subscribe(topic, good.handler, { group: "h" });
    await rawProducer(topic, [{ value: "no envelope" }, { key: "k", value: null }]);
    await broker.publish(topic, message("good"));
    await eventually(() => {
      expect(good.texts).toEqual(["good", "good"]);
      expect(letters.texts.sort()).toEqual(["", "no envelope"]);
    });
    for (const reason of reasons) expect(reason).toMatch(/^broker\.malformed: the record topic\./);
    const given = log.filter(({ level }) => level === "error").map(({ fields }) => fields["id"]);
    expect(given).toEqual([`${topic}/0/0`, `${topic}/0/1`]);
  });

  test("native: headers, key and value are Kafka's own; go-micro: one envelope", async () => {
    const topic = freshTopic();
    const records: unknown[] = [];
    const client = new Kafka({ brokers: [...server.brokers], logLevel: logLevel.NOTHING });
    const raw = client.consumer({ groupId: "raw" });
    const native = (await open({ format: "native", partitions: 1 })).broker;
    const { texts, handler } = inbox();
    await native.subscribe(topic, handler);
    await raw.connect();
    await raw.subscribe({ topic, fromBeginning: true });
    await raw.run({
      eachMessage: async ({ message: { key, value, headers = {} } }) => {
        const entries = Object.entries(headers).map(([name, text]) => [name, String(text)]);
        records.push([key?.toString(), value?.toString(), Object.fromEntries(entries)]);
      },
    });
    const { broker } = await open();
    await native.publish(topic, message("plain", { "x-trace": "grüße" }), { key: "k1" });
    await broker.publish(topic, message("wrapped"), { key: "k2" });
    await eventually(() => expect(records.length).toBe(2));
    await raw.disconnect();
    const envelope = `{"Header":{"Micro-Id":"wrapped","Micro-ID":"wrapped"},"Body":"d3JhcHBlZA=="}`;
    expect(records).toEqual([
      ["k1", "plain", { "micro-id": "plain", "x-trace": "grüße" }],
      ["k2", envelope, {}],
    ]);
    await eventually(() => expect(texts).toEqual(["plain", envelope]));
  });

  test("a handler may take longer than the session lasts", async () => {
    const topic = freshTopic();
    const [{ broker }, other] = [await open({ sessionTimeoutMs: 600 }), await open()];
    const seen: string[] = [];
    const slow = async (delivery: Delivery): Promise<void> => {
      seen.push(textOf(delivery));
      await elapse(1_500);
    };
    await broker.subscribe(topic, slow, { group: "g" });
    await other.broker.subscribe(topic, slow, { group: "g" });
    await broker.publish(topic, message("long"));
    await eventually(async () => expect(await lagOf(server, "g", topic)).toBe(0));
    expect(seen).toEqual(["long"]);
  });

  test("a message over the topic's limit is refused, and those beside it are not", async () => {
    const topic = freshTopic();
    await withAdmin(server, (admin) =>
      admin.createTopics({
        topics: [{ topic, configEntries: [{ name: "max.message.bytes", value: "3000" }] }],
      }),
    );
    const { broker } = await open({ maxMessageBytes: 100_000 });
    const { texts, handler } = inbox();
    await broker.subscribe(topic, handler);
    const sent = ["a", "b".repeat(5_000), "c", "d"];
    const outcomes = await Promise.allSettled(
      sent.map((text) =>
        broker.publish(topic, { headers: {}, body: Buffer.from(text) }, { key: "k" }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect(outcomes[1]).toMatchObject({ reason: { code: 413, reason: "broker.too-large" } });
    await eventually(() => expect(texts).toEqual(["a", "c", "d"]));
    await expect(
      broker.publish(topic, { headers: {}, body: Buffer.alloc(100_000) }),
    ).rejects.toMatchObject({ code: 413, reason: "broker.too-large", retry: "never" });
  });

  test("records that were deleted before they were read are skipped, and no others", async () => {
    const topic = freshTopic();
    const { broker } = await open({ partitions: 1 });
    const { texts, handler } = inbox();
    const before = await broker.subscribe(topic, handler, { group: "g" });
    await before.close();
    for (const text of ["0", "1", "2", "3"]) await broker.publish(topic, message(text));
    await withAdmin(server, async (admin) => {
      await admin.fetchTopicOffsets(topic); // kafkajs looks for the topic's leader nowhere else
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "2" }] });
    });
    await broker.subscribe(topic, handler, { group: "g" });
    await eventually(() => expect(texts).toEqual(["2", "3"]));
    await broker.publish(topic, message("4"));
    await eventually(() => expect(texts).toEqual(["2", "3", "4"]));
  });

  test("a topic that was deleted is created again, and harms no other", async () => {
    const [doomed, other] = [freshTopic(), freshTopic()];
    const { broker } = await open();
    await broker.publish(doomed, message("before"));
    await broker.publish(other, message("before"));
    await withAdmin(server, (admin) => admin.deleteTopics({ topics: [doomed] }));
    await broker.publish(doomed, message("after"));
    await broker.publish(other, message("after"));
    const { texts, handler } = inbox();
    const late = await open({ startFrom: "oldest" });
    await late.broker.subscribe(doomed, handler, { group: "g" });
    await eventually(() => expect(texts).toEqual(["after"]));
  });

  test("createTopics off: a topic that is missing is an error", async () => {
    const { broker } = await open({ createTopics: false });
    const refusal = { code: 404, reason: "broker.no-topic" };
    await expect(broker.publish(freshTopic(), message("x"))).rejects.toMatchObject(refusal);
    await expect(broker.subscribe(freshTopic(), inbox().handler)).rejects.toMatchObject(refusal);
  });

  test("a broadcast's group is gone after it closed", async () => {
    const { broker } = await open();
    const groups = () =>
      withAdmin(server, async (admin) => (await admin.listGroups()).groups.length);
    const before = await groups();
    const subscription = await broker.subscribe(freshTopic(), inbox().handler);
    expect(await groups()).toBe(before + 1);
    await subscription.close();
    await eventually(async () => expect(await groups()).toBe(before));
  });
});
