import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { kafkaBroker, type KafkaBrokerOptions } from "../../../plugins/broker/kafka/index.js";
import type { Broker, BrokerMessage, Delivery } from "../../../src/spi.js";
import { eventually, figure, realWorld } from "../support/real-world.js";
import { lagOf } from "./kafka-admin.js";
import { freshTopic, quick } from "./kafka-harness.js";
import { startKafka, type KafkaServer, type KafkaVersion } from "./kafka-server.js";

const message = (text: string): BrokerMessage => ({ headers: {}, body: Buffer.from(text) });
const textOf = ({ message: { body } }: Delivery): string => Buffer.from(body).toString();
const elapse = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each<KafkaVersion>(["3.9", "4.x"])("Kafka %s goes away", (version) => {
  let server: KafkaServer;
  const brokers: Broker[] = [];
  beforeAll(async () => void (server = await startKafka({ version })));
  afterEach(() => Promise.all(brokers.splice(0).map((broker) => broker.disconnect())));
  afterAll(async () => {
    await server.stop();
    await elapse(2_000); // what kafkajs has not given up yet
  });

  async function open(options: KafkaBrokerOptions = {}): Promise<Broker> {
    const all = { ...quick, brokers: server.brokers, ...options };
    const broker = await kafkaBroker(all).create(realWorld().environment);
    brokers.push(broker);
    await broker.connect();
    return broker;
  }

  test("publishers wait for as long as they were told, in bounded numbers", async () => {
    const broker = await open({ timeoutMs: 1_500, maxQueued: 3 });
    const topic = freshTopic();
    await eventually(() => broker.publish(topic, message("before"))); // the topic is made first
    await server.kill();
    const began = performance.now();
    const signal = AbortSignal.timeout(200);
    const waiting = Promise.allSettled([
      broker.publish(topic, message("1")),
      broker.publish(topic, message("2")),
      broker.publish(topic, message("3"), { signal }),
    ]);
    await expect(broker.publish(topic, message("4"))).rejects.toMatchObject({
      code: 429,
      reason: "broker.full",
    });
    const outcomes = await waiting;
    const away = { status: "rejected", reason: { code: 503, reason: "broker.unreachable" } };
    expect(outcomes).toMatchObject([away, away, { status: "rejected", reason: { code: 499 } }]);
    expect(performance.now() - began).toBeLessThan(2_000);
    await expect(broker.subscribe(topic, async () => undefined)).rejects.toMatchObject({
      code: 503,
      reason: "broker.unreachable",
    });
    const late = kafkaBroker({ brokers: server.brokers, timeoutMs: 500 });
    const other = await late.create(realWorld().environment);
    await expect(other.connect()).rejects.toMatchObject({ reason: "broker.unreachable" });
    await server.restart();
    await eventually(() => broker.publish(topic, message("after")), { withinMs: 30_000 });
  });

  test("publishers and subscribers go on when it is back, without being told", async () => {
    const broker = await open();
    const topic = freshTopic();
    const [group, all]: [string[], string[]] = [[], []];
    await broker.subscribe(topic, async (one) => void group.push(textOf(one)), { group: "g" });
    await broker.subscribe(topic, async (one) => void all.push(textOf(one)));
    await broker.publish(topic, message("before"));
    await eventually(() => expect([...group, ...all]).toEqual(["before", "before"]));
    await server.kill();
    const published = broker.publish(topic, message("meanwhile"));
    await elapse(500);
    await server.restart();
    const began = performance.now();
    await published;
    await broker.publish(topic, message("after"));
    await eventually(() => {
      expect(group.sort()).toEqual(["after", "before", "meanwhile"]);
      expect(all.sort()).toEqual(["after", "before", "meanwhile"]);
    });
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    figure(`kafka ${version}: everything goes on ${seconds} s after the server is back`);
  });

  test("a server that hangs is survived as well", async () => {
    const broker = await open({ timeoutMs: 2_000 });
    const topic = freshTopic();
    const seen: string[] = [];
    await broker.subscribe(topic, async (one) => void seen.push(textOf(one)), { group: "g" });
    server.suspend();
    await expect(broker.publish(topic, message("unheard"))).rejects.toMatchObject({
      reason: "broker.unreachable",
    });
    await elapse(4_000); // longer than the session
    server.resume();
    await eventually(() => broker.publish(topic, message("heard")));
    await eventually(() => expect(seen).toContain("heard"));
    await eventually(async () => expect(await lagOf(server, "g", topic)).toBe(0));
  });

  test("disconnecting takes a bounded time, too", async () => {
    const broker = await open();
    const topic = freshTopic();
    await broker.subscribe(topic, async () => undefined, { group: "g" });
    server.suspend();
    const began = performance.now();
    await broker.disconnect();
    expect(performance.now() - began).toBeLessThan(16_000);
    server.resume();
  });

  test("disconnecting ends a connecting that goes nowhere", async () => {
    const [plugin, { environment }] = [kafkaBroker({ brokers: ["127.0.0.1:1"] }), realWorld()];
    const broker = await plugin.create(environment);
    const connecting = broker.connect();
    const refusal = expect(connecting).rejects.toMatchObject({ reason: "broker.not-connected" });
    await elapse(100);
    await broker.disconnect();
    await refusal;
  });
});
