import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Kafka, logLevel } from "kafkajs";
import { loadKafkajs } from "../../../plugins/broker/kafka/load-kafkajs.js";
import { silentLogger } from "../../../src/spi.js";
import { figure } from "../support/real-world.js";
import { startKafka, type KafkaServer } from "./kafka-server.js";

const watchMs = 2_000;

let server: KafkaServer;
beforeAll(async () => void (server = await startKafka({ version: "4.x" })));
afterAll(() => server.stop());

/** How many timers of less than 5 ms a connected client that does nothing starts, and what it costs. */
async function idle(): Promise<{ readonly timers: number; readonly cpu: number }> {
  const client = new Kafka({ brokers: [...server.brokers], logLevel: logLevel.NOTHING });
  const producer = client.producer();
  await producer.connect();
  const { setTimeout } = globalThis;
  let timers = 0;
  const counting = (...args: Parameters<typeof setTimeout>) => {
    if ((args[1] ?? 0) < 5) timers += 1;
    return setTimeout(...args);
  };
  globalThis.setTimeout = Object.assign(counting, setTimeout);
  const before = process.cpuUsage();
  try {
    await new Promise((resolve) => setTimeout(resolve, watchMs));
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  const { user, system } = process.cpuUsage(before);
  await producer.disconnect();
  return { timers, cpu: (user + system) / watchMs / 10 };
}

test("an idle client is idle", async () => {
  const busy = await idle();
  expect(busy.timers).toBeGreaterThan(200); // if not, there is nothing to mend any more
  await loadKafkajs(silentLogger);
  const mended = await idle();
  figure(
    `kafkajs, idle for 2 s: ${busy.timers} timers and ${busy.cpu.toFixed(1)} % of a CPU before, ` +
      `${mended.timers} timers and ${mended.cpu.toFixed(1)} % mended`,
  );
  expect(mended.timers).toBe(0);
});
