/** Opens streams of every shape, says when each of them flows, and waits to be killed. */
import { createService } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { pause } from "../support/pause.js";
import { answer, tell } from "./control.js";
import { variable } from "./variables.js";
import { WorkClient } from "./work.client.js";
import type { Task } from "./work.js";

async function* tasks(): AsyncIterable<Task> {
  for (let number = 0; ; number++) {
    yield { id: String(number) };
    await pause(100);
  }
}

/** Reads on; resolves with the first reply. */
async function flows(replies: AsyncIterable<unknown>): Promise<void> {
  const iterator = replies[Symbol.asyncIterator]();
  await iterator.next();
  const readOn = async (): Promise<void> => {
    while (!(await iterator.next()).done);
  };
  void readOn();
}

async function main(): Promise<void> {
  const service = createService({ name: "streamer", plugins: { broker: memoryBroker() } });
  const work = (await service.start()).clientOf(WorkClient);
  const each = Number(variable("CHAOS_STREAMS"));
  const opening: Promise<void>[] = [];
  for (let number = 0; number < each; number++) {
    opening.push(flows(work.follow({ id: String(number) })), flows(work.echo(tasks())));
    void work.collect(tasks(), { timeoutMs: 600_000 });
  }
  await Promise.all(opening);
  answer({});
  tell("ready");
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
