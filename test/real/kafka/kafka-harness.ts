import { kafkaBroker, type KafkaBrokerOptions } from "../../../plugins/broker/kafka/index.js";
import type { Broker } from "../../../src/spi.js";
import type { BrokerHarness } from "../../contracts/broker-contract.js";
import { eventually, realWorld } from "../support/real-world.js";

let topics = 0;

/** A topic that nobody has used before, on any server. */
export const freshTopic = (): string => `topic.${process.pid}.${Date.now()}.${(topics += 1)}`;

/** Members come and go within tenths of a second. */
export const quick: KafkaBrokerOptions = {
  sessionTimeoutMs: 2_000,
  heartbeatMs: 100,
  commitMs: 20,
  fetchWaitMs: 50,
};

/** Brokers of one Kafka, in real time. */
export async function kafkaHarness(
  options: KafkaBrokerOptions,
): Promise<BrokerHarness & AsyncDisposable> {
  const { environment } = realWorld();
  const plugin = kafkaBroker({ ...quick, ...options });
  const made: Broker[] = [];
  const peer = async (): Promise<Broker> => {
    const broker = await plugin.create(environment);
    made.push(broker);
    return broker;
  };
  const broker = await peer();
  await broker.connect();
  return {
    broker,
    peer,
    elapse: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    eventually: (check) => eventually(check),
    topic: freshTopic,
    largestBody: options.format === "native" ? 999_000 : 740_000,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(made.map((each) => each.disconnect()));
    },
  };
}
