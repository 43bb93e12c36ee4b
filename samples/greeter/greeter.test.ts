import { describe, expect, test } from "@jest/globals";
import { Client, createApp, createService, NotFound, rpcServer, type Plugins } from "plugboard";
import { memoryBroker, memoryBrokerHub } from "plugboard/plugins/broker/memory";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";
import { Test } from "plugboard/testing";
import { GreeterModule, WebModule } from "./app.js";
import { GreeterClient } from "./greeter.client.js";
import type { Audit, Web } from "./web.js";

process.env["MICRO_LOG_LEVEL"] = "error";

class WebClient extends Client<Web>("web") {}
class AuditClient extends Client<Audit>("audit") {}

describe("the greeter on the test cluster", () => {
  test("answers, streams, and is called by the web service, whose event the audit gets", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(GreeterModule, WebModule);
    const greeter = cluster.client(GreeterClient);
    expect(await greeter.hello({ name: "Ada" })).toEqual({ greeting: "Hello Ada, says test" });

    const ticks: number[] = [];
    for await (const { n } of greeter.countdown({ from: 5 })) ticks.push(n);
    expect(ticks).toEqual([5, 4, 3, 2, 1]);

    const { html } = await cluster.client(WebClient).page({ who: "Grace" });
    expect(html).toBe("Hello Grace, says web 3 2 1");
    await cluster.clock.advance(0);
    expect(await cluster.client(AuditClient).seen()).toEqual({ who: ["Grace"] });
  });

  test("what a handler throws arrives as the same class", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(GreeterModule);
    const failing = cluster.client(GreeterClient).hello({ name: "" });
    await expect(failing).rejects.toBeInstanceOf(NotFound);
    await expect(failing).rejects.toMatchObject({ detail: "nobody to greet", id: "greeter" });
  });

  test("leaving the loop ends the stream at the server", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(GreeterModule);
    for await (const { n } of cluster.client(GreeterClient).countdown({ from: 1e9 }))
      if (n < 1e9 - 10) break;
    await cluster.stop("greeter"); // would cut the stream off after ten seconds, were it still there
  });
});

describe("the greeter on real sockets", () => {
  const hub = memoryRegistryHub();
  const plugins: Plugins = {
    registry: memoryRegistry({ hub }),
    broker: memoryBroker({ hub: memoryBrokerHub() }),
    server: rpcServer({ address: "127.0.0.1:0" }),
  };

  test("is called over http, by a client and by hand", async () => {
    await using greeter = await createApp(GreeterModule, { plugins }).start();
    await using web = await createApp(WebModule, { plugins }).start();
    await using caller = await createService({ name: "test", plugins }).start();
    expect([...hub.services()].toSorted()).toEqual(["audit", "greeter", "web"]);
    expect(web.services).toEqual(["web", "audit"]);
    const page = await caller.clientOf(WebClient).page({ who: "Grace" });
    expect(page).toEqual({ html: "Hello Grace, says web 3 2 1" });

    // The curl line that `npm start` prints.
    const response = await fetch(`http://${greeter.address}/`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Micro-Endpoint": "Greeter.Hello" },
      body: '{"name":"you"}',
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ greeting: "Hello you, says somebody" });
  });
});
