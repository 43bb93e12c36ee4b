import assert from "node:assert/strict";
import { createApp, createService, NotFound } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { GreeterClient } from "./greeter.client.js";
import { events, Laptop, LaptopWeb, registry } from "./plugins.js";
import { testUsers } from "./users.js";
import { Web } from "./web.js";

async function main(): Promise<void> {
  await using greeter = await createApp(Laptop).start();
  await using web = await createApp(LaptopWeb).start();
  const page = await web.get(Web).page({ who: "Ada" });
  assert.deepEqual(page, { html: "Hello Ada (web) 3 2 1" });

  await using caller = await createService({
    name: "caller",
    plugins: { registry: memoryRegistry({ hub: registry }), broker: memoryBroker({ hub: events }) },
  }).start();
  await assert.rejects(
    caller.clientOf(GreeterClient).hello({ name: "" }),
    (error) => error instanceof NotFound && error.id === "greeter",
  );
  await testUsers();
  console.log(`consumer program passed against ${greeter.address}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
