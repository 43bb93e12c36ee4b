/** The server's side of a peer in a process of its own; does what the harness asks over IPC. */
import { performance } from "node:perf_hooks";
import { serve } from "./answer.mjs";

let server;
let events = 0;

serve({
  async start({ file, ...where }) {
    const { startServer } = await import(file);
    server = await startServer({ ...where, onEvent: () => events++ });
    return { info: server.info };
  },
  stats() {
    const { user, system } = process.cpuUsage();
    return { at: performance.now(), cpuUs: user + system, rss: process.memoryUsage.rss(), events };
  },
  end: () => server?.close(),
});
