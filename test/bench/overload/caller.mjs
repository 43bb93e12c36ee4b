/** Calls the worker through the whole public path. */
import { Client, Registry } from "plugboard";
import { startApp } from "../plugboard/pair.mjs";

class WorkerClient extends Client("worker") {}

/** @param record of the worker, as its registry has it */
export async function callOf(record) {
  const app = await startApp({});
  await app.get(Registry).register(record);
  const worker = app.get(WorkerClient);
  return { call: (options) => worker.work({}, options), close: () => app.stop() };
}
