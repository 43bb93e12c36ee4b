/** Serves the worker, and tells what it holds. */
import { Registry } from "plugboard";
import { serve } from "../harness/answer.mjs";
import { startApp } from "../plugboard/pair.mjs";
import { settled } from "../scale/memory.mjs";
import { Worker } from "./worker.mjs";

let app;

serve({
  /** The record of the service. */
  async start() {
    app = await startApp({ services: [Worker] });
    const [record] = await app.get(Registry).getService("worker");
    return record;
  },
  memory: settled,
  end: () => app.stop(),
});
