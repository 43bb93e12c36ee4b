/** A greeter that takes many connections and streams, and tells what it holds. */
import { rpcServer } from "plugboard";
import { httpTransport } from "plugboard/plugins/transport/http";
import { serve } from "../harness/answer.mjs";
import { Greeter } from "../plugboard/greeter.mjs";
import { startApp } from "../plugboard/pair.mjs";
import { settled } from "./memory.mjs";

let app;

serve({
  async start({ port, host, atOnce }) {
    app = await startApp({ services: [Greeter] }, `${host}:${port}`, {
      server: rpcServer({ address: `${host}:${port}`, maxConcurrentCalls: atOnce }),
      transport: httpTransport({ maxConnections: atOnce }),
    });
  },
  memory: settled,
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  end: () => app.stop(),
});
