import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { kafkaBroker, type KafkaBrokerOptions } from "../../../plugins/broker/kafka/index.js";
import type { Broker } from "../../../src/spi.js";
import { eventually, figure, realWorld } from "../support/real-world.js";
import { ConsumerFleet } from "./consumer-fleet.js";
import { lagOf, logOf } from "./kafka-admin.js";
import { freshTopic, quick } from "./kafka-harness.js";
import { startKafka, type KafkaServer, type KafkaVersion } from "./kafka-server.js";

const messages = 100_000;
const keys = 200;

/** What is done when so many messages have been accepted. */
type Step = readonly [accepted: number, what: string, step: () => Promise<unknown>];

describe.each<KafkaVersion>(["3.9", "4.x"])("Kafka %s, with everything going wrong", (version) => {
  let server: KafkaServer;
  let fleet: ConsumerFleet;
  beforeAll(async () => {
    server = await startKafka({ version });
    fleet = new ConsumerFleet();
  });
  afterAll(async () => {
    await fleet[Symbol.asyncDispose]();
    await server.stop();
  });

  test("no acknowledged message is lost, and keys keep their order", async () => {
    const topic = freshTopic();
    const options: KafkaBrokerOptions = { ...quick, brokers: server.brokers, partitions: 12 };
    const newConsumer = () => fleet.add({ options, topics: [topic], group: "accounts" });
    const watch = stopwatch();
    const [first, second, third] = [await newConsumer(), await newConsumer(), await newConsumer()];
    const joining = watch();

    const { environment } = realWorld();
    const broker = await kafkaBroker(options).create(environment);
    await broker.connect();
    const { accepted, refused } = await publishAll(broker, topic, [
      [10_000, "a consumer is killed", () => first.kill("SIGKILL")],
      [20_000, "a consumer joins", newConsumer],
      [30_000, "the server is killed", () => server.kill().then(() => server.restart())],
      [50_000, "a consumer leaves", () => second.kill("SIGTERM")],
      [60_000, "a consumer joins", newConsumer],
      [70_000, "the server is killed", () => server.kill().then(() => server.restart())],
      [80_000, "a consumer is killed", () => third.kill("SIGKILL")],
      [90_000, "a consumer joins", newConsumer],
    ]);
    const publishing = watch();
    await eventually(() => expect(missing(accepted, fleet.handled())).toEqual([]), {
      withinMs: 60_000,
      everyMs: 500,
    });
    const handling = watch();
    await eventually(async () => expect(await lagOf(server, "accounts", topic)).toBe(0));
    const draining = watch();
    await broker.disconnect();

    const logs = await logOf(server, topic);
    for (const log of logs) expect(disorderIn(log.map(bodyOf))).toEqual([]);
    const written = logs.flat().length;
    const deliveries = fleet.handled();
    for (const consumed of deliveries) expect(disorderIn(consumed)).toEqual([]);
    const count = deliveries.flat().length;
    figure(
      `kafka ${version}, faults: ${accepted.length} accepted, ${refused} refused, 0 lost, ` +
        `${written - accepted.length} written twice, ` +
        `${count - new Set(deliveries.flat()).size} of ${count} deliveries repeated; ` +
        `joining ${joining}, publishing ${publishing}, all handled ${handling} later, ` +
        `lag 0 after another ${draining}`,
    );
  }, 180_000);
});

/** Publishes all messages, many at once, with the steps in between. */
async function publishAll(
  broker: Broker,
  topic: string,
  plan: readonly Step[],
): Promise<{ readonly accepted: string[]; readonly refused: number }> {
  const accepted: string[] = [];
  let refused = 0;
  let next = 0;
  const steps = [...plan];
  const taken: Promise<unknown>[] = [];
  const publisher = async (): Promise<void> => {
    for (let number = next++; number < messages; number = next++) {
      const key = `k${number % keys}`;
      const body = `${key} ${Math.floor(number / keys)}`;
      const message = { headers: { "micro-id": body }, body: Buffer.from(body) };
      await broker.publish(topic, message, { key }).then(
        () => accepted.push(`${topic} ${body}`),
        () => (refused += 1),
      );
      for (; steps[0] && accepted.length >= steps[0][0]; steps.shift()) {
        process.stdout.write(`  ${steps[0][0]} accepted: ${steps[0][1]}\n`);
        taken.push(steps[0][2]());
      }
    }
  };
  await Promise.all(Array.from({ length: 500 }, publisher));
  await Promise.all(taken);
  return { accepted, refused };
}

function missing(accepted: readonly string[], deliveries: readonly string[][]): string[] {
  const handled = new Set(deliveries.flat());
  return accepted.filter((line) => !handled.has(line));
}

/** A line as consumers write it, from a record. */
function bodyOf(value: string): string {
  const { Body } = JSON.parse(value) as { readonly Body: string };
  return `log ${Buffer.from(Body, "base64").toString()}`;
}

/** Messages of a key that came, for the first time, after a later one. */
function disorderIn(handled: readonly string[]): string[] {
  const latest = new Map<string, number>();
  return [...new Set(handled)].filter((line) => {
    const [, key = "", number = ""] = line.split(" ");
    const before = latest.get(key) ?? -1;
    latest.set(key, Math.max(before, Number(number)));
    return Number(number) < before;
  });
}

/** Each call tells the seconds since the last. */
function stopwatch(): () => string {
  let since = performance.now();
  return () => {
    const passed = performance.now() - since;
    since += passed;
    return `${(passed / 1_000).toFixed(1)} s`;
  };
}
