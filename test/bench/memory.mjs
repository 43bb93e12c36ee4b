/**
 * One million calls through the whole public path, then the heap after garbage collection against the heap after the
 * first hundred thousand. Fails when it grew by more than 5 %.
 *
 *   npm run build && npm run bench:memory [-- --calls 1000000]
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createService } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const argument = process.argv.indexOf("--calls");
const calls = argument < 0 ? 1_000_000 : Number(process.argv[argument + 1]);
const warmUp = Math.min(100_000, calls);
const outstanding = 64;

const registry = memoryRegistryHub();
const plugins = () => ({ registry: memoryRegistry({ hub: registry }), broker: memoryBroker() });
const server = createService({ name: "greeter", plugins: plugins() }).handle(
  "Greeter.Hello",
  async ({ name }) => ({
    greeting: `Hello ${name}`,
  }),
);
await server.start();
const caller = createService({ name: "caller", plugins: plugins() });
await caller.start();

const { client } = caller;
async function run(total) {
  let left = total;
  const worker = async () => {
    while (left-- > 0) {
      const reply = await client.call(
        client.newRequest("greeter", "Greeter.Hello", { name: "Ada" }),
      );
      if (reply.greeting !== "Hello Ada") throw new Error(`wrong reply ${JSON.stringify(reply)}`);
    }
  };
  await Promise.all(Array.from({ length: outstanding }, worker));
}

async function heap() {
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

await run(warmUp);
const before = await heap();
const started = process.hrtime.bigint();
const cpu = process.cpuUsage();
await run(calls);
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
const used = process.cpuUsage(cpu);
const after = await heap();
await caller.stop();
await server.stop();

const growth = (after / before - 1) * 100;
const mib = (bytes) => (bytes / 1_048_576).toFixed(2);
console.log(
  `${calls} calls, ${outstanding} outstanding, one process: ${Math.round(calls / seconds)} calls/s, ${((used.user + used.system) / calls).toFixed(1)} us CPU a call`,
);
console.log(
  `heap after collection: ${mib(before)} MiB after ${warmUp} calls, ${mib(after)} MiB after ${calls} more: ${growth >= 0 ? "+" : ""}${growth.toFixed(2)} %`,
);
if (growth > 5) {
  console.error("the heap grew by more than 5 %");
  process.exitCode = 1;
}
