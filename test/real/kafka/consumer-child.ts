// A consumer in a process of its own, to be killed. It writes down what it handles before it
// acknowledges, in a file, which outlives it.
import { closeSync, openSync, writeSync } from "node:fs";
import { kafkaBroker, type KafkaBrokerOptions } from "../../../plugins/broker/kafka/index.js";
import { realWorld } from "../support/real-world.js";

/** What a consumer is told on its command line, as JSON. */
export interface ConsumerTask {
  readonly options: KafkaBrokerOptions;
  readonly topics: readonly string[];
  readonly group: string;
  /** Where to write `topic body` for each message handled. */
  readonly file: string;
}

async function consume({ options, topics, group, file }: ConsumerTask): Promise<void> {
  const { environment, log } = realWorld();
  const broker = await kafkaBroker(options).create(environment);
  const out = openSync(file, "a");
  await broker.connect();
  for (const topic of topics)
    await broker.subscribe(
      topic,
      async ({ message: { body } }) => {
        await new Promise((resolve) => setTimeout(resolve, 1)); // so that some are in hand when it is killed
        writeSync(out, `${topic} ${Buffer.from(body).toString()}\n`);
      },
      { group, concurrency: 8 },
    );
  process.stdout.write("ready\n");
  process.once("SIGTERM", () => {
    void broker.disconnect().then(() => {
      closeSync(out);
      for (const { level, message, fields } of log)
        if (level !== "debug") process.stdout.write(`${message} ${JSON.stringify(fields)}\n`);
      process.exit(0);
    });
  });
}

void consume(JSON.parse(process.argv[2] ?? "") as ConsumerTask);
