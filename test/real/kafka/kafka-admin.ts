import { Kafka, logLevel, type Admin } from "kafkajs";
import type { KafkaServer } from "./kafka-server.js";

const client = ({ brokers }: Pick<KafkaServer, "brokers">): Kafka =>
  new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });

/** Asks the server itself, past the plugin. */
export async function withAdmin<T>(
  server: Pick<KafkaServer, "brokers">,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = client(server).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** How many records of the topic the group has not committed. */
export const lagOf = (
  server: Pick<KafkaServer, "brokers">,
  groupId: string,
  topic: string,
): Promise<number> =>
  withAdmin(server, async (admin) => {
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const ends = await admin.fetchTopicOffsets(topic);
    return ends.reduce((lag, { partition, high }) => {
      const offset = committed?.partitions.find((each) => each.partition === partition)?.offset;
      return lag + Number(high) - Math.max(0, Number(offset ?? 0));
    }, 0);
  });

/** All values of the topic, partition by partition, in the order of the log. */
export async function logOf(
  server: Pick<KafkaServer, "brokers">,
  topic: string,
): Promise<string[][]> {
  const ends = await withAdmin(server, (admin) => admin.fetchTopicOffsets(topic));
  const logs: string[][] = ends.map(() => []);
  const missing = new Set(
    ends.filter(({ high }) => high !== "0").map(({ partition }) => partition),
  );
  const consumer = client(server).consumer({ groupId: `reader of ${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachBatch: async ({ batch }) => {
        const { partition, messages } = batch;
        logs[partition]?.push(...messages.map(({ value }) => String(value)));
        const end = ends.find((each) => each.partition === partition)?.high;
        if (Number(batch.lastOffset()) + 1 >= Number(end)) missing.delete(partition);
        if (missing.size === 0) resolve();
      },
    });
  });
  await consumer.disconnect();
  return logs;
}
