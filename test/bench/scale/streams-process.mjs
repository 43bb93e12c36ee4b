/** Many streams both ways on one client object: each is open, and has been answered. */
import { performance } from "node:perf_hooks";
import { Registry } from "plugboard";
import { httpTransport } from "plugboard/plugins/transport/http";
import { serve } from "../harness/answer.mjs";
import { Greeter, GreeterClient } from "../plugboard/greeter.mjs";
import { recordOf, startApp } from "../plugboard/pair.mjs";
import { exchangeOver } from "../harness/streams.mjs";
import { settled } from "./memory.mjs";

const batch = 200;
const streams = [];
let client;

const say = async (stream, index) => {
  const { greeting } = await stream.exchange({ name: String(index) });
  if (greeting !== `Hello ${index}`) throw new Error(`stream ${index} was answered ${greeting}`);
};

serve({
  async connect({ host, port, atOnce }) {
    const transport = httpTransport({ maxConnections: atOnce });
    const app = await startApp({}, undefined, { transport });
    await app.get(Registry).register(await recordOf([Greeter], `${host}:${port}`));
    const greeter = app.get(GreeterClient);
    client = { chat: (requests) => greeter.chat(requests, { timeoutMs: 600_000 }) };
  },

  /** Opens streams until there are `total`. */
  async open({ total }) {
    const began = performance.now();
    while (streams.length < total) {
      const first = streams.length;
      for (let at = first; at < Math.min(total, first + batch); at++)
        streams.push(exchangeOver(client));
      await Promise.all(streams.slice(first).map((stream, at) => say(stream, first + at)));
    }
    return { ms: performance.now() - began };
  },

  /** A message there and back on each. */
  async round() {
    const began = performance.now();
    await Promise.all(streams.map(say));
    return { ms: performance.now() - began };
  },

  memory: settled,
});
