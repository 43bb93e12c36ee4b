import { afterAll, beforeAll, describe } from "@jest/globals";
import type { KafkaFormat } from "../../../plugins/broker/kafka/index.js";
import { brokerContract } from "../../contracts/broker-contract.js";
import { describeContract } from "../../support/describe-contract.js";
import { kafkaHarness } from "./kafka-harness.js";
import { startKafka, type KafkaServer, type KafkaVersion } from "./kafka-server.js";

describe.each<[KafkaVersion, KafkaFormat]>([
  ["3.9", "go-micro"],
  ["4.x", "go-micro"],
  ["4.x", "native"],
])("Kafka %s, %s", (version, format) => {
  let server: KafkaServer;
  beforeAll(async () => void (server = await startKafka({ version })));
  afterAll(() => server.stop());
  describeContract(brokerContract, () => kafkaHarness({ brokers: server.brokers, format }));
});
