import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { kafkaBroker, type KafkaBrokerOptions } from "../../../plugins/broker/kafka/index.js";
import type { Broker } from "../../../src/spi.js";
import { eventually, realWorld } from "../support/real-world.js";
import { freshTopic, quick } from "./kafka-harness.js";
import { startKafka, type KafkaServer, type KafkaVersion } from "./kafka-server.js";

const users = { alice: "open sesame" };
const mechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;

async function connected(options: KafkaBrokerOptions): Promise<Broker> {
  const broker = await kafkaBroker({ ...quick, ...options }).create(realWorld().environment);
  await broker.connect();
  return broker;
}

describe.each<KafkaVersion>(["3.9", "4.x"])("Kafka %s behind TLS and passwords", (version) => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka({ version, sasl: { users }, tls: true });
  });
  afterAll(() => server.stop());

  const secured = (
    mechanism: (typeof mechanisms)[number],
    password = users.alice,
  ): KafkaBrokerOptions => ({
    brokers: server.brokers,
    tls: { ca: server.certificate ?? "", servername: "localhost" },
    sasl: { mechanism, username: "alice", password },
  });

  test.each(mechanisms)("%s lets in who has the password", async (mechanism) => {
    const broker = await connected(secured(mechanism));
    const topic = freshTopic();
    const seen: string[] = [];
    await broker.subscribe(
      topic,
      async ({ message }) => void seen.push(Buffer.from(message.body).toString()),
      { group: "g" },
    );
    await broker.publish(topic, { headers: {}, body: Buffer.from("hello") });
    await eventually(() => expect(seen).toEqual(["hello"]));
    await broker.disconnect();
  });

  test.each(mechanisms)("%s keeps out who has not, and says so", async (mechanism) => {
    await expect(connected(secured(mechanism, "wrong"))).rejects.toMatchObject({
      code: 401,
      reason: "broker.unauthorized",
      message: expect.stringMatching(/cannot reach Kafka at .*authentication/i) as unknown,
    });
  });

  test("a certificate that nobody vouches for is refused", async () => {
    const options = { ...secured("plain"), tls: true, timeoutMs: 2_000 };
    await expect(connected(options)).rejects.toMatchObject({
      code: 503,
      reason: "broker.unreachable",
      message: expect.stringContaining("self-signed certificate") as unknown,
    });
  });

  test("without TLS it cannot be reached", async () => {
    const options = { ...secured("plain"), tls: false, timeoutMs: 2_000 };
    await expect(connected(options)).rejects.toMatchObject({ reason: "broker.unreachable" });
  });
});
