import { describe, expect, test } from "@jest/globals";
import { Unavailable } from "../../../src/base/errors.js";
import type { Plugins } from "../../../src/service/slots.js";
import { engineNodes } from "../../support/pair-harness.js";
import { overMemory } from "../../support/pair-transports.js";
import { virtualWorld } from "../../support/virtual-environment.js";
import { bench, bytes, errorOf } from "./raw-caller.js";

describe("a pushed event", () => {
  const pushed = async (failures: readonly (Error | undefined)[]) => {
    const { node, exchange, logs } = await bench();
    const heard: unknown[] = [];
    for (const [index, failure] of failures.entries())
      node.server.subscribe(
        node.server.newSubscriber({
          service: { name: "strange" },
          topic: "t",
          name: `Test.on${index}`,
          handle: ({ data }: { data: unknown }) => {
            heard.push(data);
            if (failure) throw failure;
          },
        }),
      );
    await node.start();
    const headers = { "content-type": "application/json", "micro-topic": "t", "micro-id": "e" };
    const [reply] = await exchange({ headers, body: bytes("[1]") });
    return { reply, heard, logs };
  };

  test("reaches each subscriber once", async () => {
    const { reply, heard } = await pushed([undefined, undefined]);
    expect(heard).toEqual([[1], [1]]);
    expect(reply?.headers["micro-error"]).toBeUndefined();
  });

  test("is taken where nobody subscribes", async () => {
    expect((await pushed([])).reply?.headers["micro-error"]).toBeUndefined();
  });

  test("fails as its one subscriber does", async () => {
    const { reply } = await pushed([undefined, new Unavailable("full", { reason: "a.b" })]);
    expect(errorOf(reply)).toMatchObject({ code: 503, detail: "full", reason: "a.b" });
  });

  test("that fails in several places is one failure, all in the log", async () => {
    const { reply, heard, logs } = await pushed([new Error("one"), new Error("two")]);
    expect(heard).toHaveLength(2);
    expect(errorOf(reply)).toMatchObject({ code: 500, reason: "handler.unexpected" });
    expect(JSON.stringify(logs)).toMatch(/one.*two/);
  });
});

describe("a subscription", () => {
  /** Subscribes with these settings, publishes, and tells what the broker was asked for. */
  const asked = async (settings: object, plugins: Plugins = {}) => {
    const world = virtualWorld();
    const make = engineNodes(world, { transport: overMemory });
    const node = await make({}, plugins);
    const events: { readonly data: unknown; readonly attempt: number }[] = [];
    node.server.subscribe(
      node.server.newSubscriber({
        service: { name: "s" },
        topic: "t",
        name: "Test.on",
        handle: (event: { data: unknown; attempt: number }) => {
          events.push(event);
        },
        ...settings,
      }),
    );
    return { ...world, node, events };
  };

  test("that asks for more than the broker can do is refused at the start", async () => {
    const { node } = await asked({ requires: ["durable"] });
    await expect(node.start()).rejects.toMatchObject({ code: 501, reason: "broker.capability" });
  });

  test("may order its events by what is in them", async () => {
    const order: string[] = [];
    const { node, clock } = await asked({
      concurrency: 10,
      group: "g",
      orderBy: ({ key }: { key: string }) => key,
      handle: async ({ data }: { data: { key: string; wait: number } }) => {
        await new Promise<void>((resolve) => clockOf().timers.after(data.wait, resolve));
        order.push(`${data.key}${data.wait}`);
      },
    });
    const clockOf = () => clock;
    await node.start();
    for (const data of [
      { key: "a", wait: 50 },
      { key: "a", wait: 10 },
      { key: "b", wait: 20 },
    ])
      await node.client.publish(node.client.newMessage("t", data));
    const headers = { "content-type": "application/json", "micro-id": "bad" };
    await node.broker.publish("t", { headers, body: bytes("{broken") });
    await clock.advance(1_000);
    expect(order).toEqual(["b20", "a50", "a10"]);
  });

  test("refuses by word and by error", async () => {
    for (const reason of [undefined, "not mine", { why: 1 }, new Error("no")]) {
      const { node, clock, logs } = await asked({
        ack: "manual",
        retry: { attempts: 1 },
        handle: (event: { nack(reason?: unknown): void }) => event.nack(reason),
      });
      await node.start();
      await node.client.publish(node.client.newMessage("t", {}));
      await clock.advance(100);
      const given = logs.find(({ message }) => message.includes("given up"));
      const words = { undefined: "no reason given", string: "not mine", object: "why|no" };
      expect(JSON.stringify(given?.fields)).toMatch(
        new RegExp(words[typeof reason as keyof typeof words]),
      );
    }
  });

  test("reads an event without a content type as protobuf", async () => {
    const { node, clock, logs } = await asked({ retry: { attempts: 1 } });
    await node.start();
    await node.broker.publish("t", { headers: { "micro-id": "x" }, body: bytes("{}") });
    await clock.advance(100);
    expect(JSON.stringify(logs)).toContain("undecodable event (application/protobuf)");
  });
});
