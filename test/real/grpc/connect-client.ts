// A client of ours under Connect's suite, which tells it on standard input what to call.
import { decode, encode, type ClientTask } from "./connect-contract.js";
import { callAsTold } from "./connect-call.js";
import { ConnectClients } from "./connect-clients.js";
import { readDelimited, writeDelimited } from "./delimited.js";

/** Calls at once: the suite's delays are measured, so not all of them. */
const parallel = 8;

async function main(): Promise<void> {
  const clients = new ConnectClients();
  const running = new Set<Promise<void>>();
  for await (const bytes of readDelimited(process.stdin)) {
    const task = await decode<ClientTask>("ClientCompatRequest", bytes);
    const run = answer(task, clients).finally(() => running.delete(run));
    running.add(run);
    if (running.size >= parallel) await Promise.race(running);
  }
  await Promise.all(running);
  await clients[Symbol.asyncDispose]();
}

async function answer(task: ClientTask, clients: ConnectClients): Promise<void> {
  const { testName } = task;
  const result = await callAsTold(task, await clients.get(task)).then(
    (response) => ({ response }),
    (error: unknown) => ({ error: { message: String(error) } }),
  );
  await writeDelimited(
    process.stdout,
    await encode("ClientCompatResponse", { testName, ...result }),
  );
}

process.once("SIGTERM", () => process.exit(0));
void main();
