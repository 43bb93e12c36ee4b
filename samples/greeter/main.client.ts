import { Client, createService } from "plugboard";
import { GreeterClient } from "./greeter.client.js";
import type { Audit, Web } from "./web.js";

class WebClient extends Client<Web>("web") {}
class AuditClient extends Client<Audit>("audit", { handler: "Audit" }) {}

/** Calls the two running services: once, as a stream, and through an event. */
async function demonstrate(): Promise<void> {
  await using service = await createService({ name: "demo-client" }).start();
  const greeter = service.clientOf(GreeterClient);

  const { greeting } = await greeter.hello({ name: "Ada" }, { timeoutMs: 10_000 });
  console.log(`call      greeter.hello      -> ${greeting}`);

  const ticks: number[] = [];
  for await (const { n } of greeter.countdown({ from: 5 })) ticks.push(n);
  console.log(`stream    greeter.countdown  -> ${ticks.join(" ")}`);

  const { html } = await service.clientOf(WebClient).page({ who: "Grace" }, { timeoutMs: 10_000 });
  console.log(`two hops  web.page           -> ${html}`);

  const audit = service.clientOf(AuditClient);
  for (let tries = 0; tries < 50; tries++) {
    const { who } = await audit.seen();
    if (who.includes("Grace")) {
      console.log(`event     greeter.greeted    -> arrived at audit, about ${who.join(", ")}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the event did not arrive within 5 seconds");
}

demonstrate().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
