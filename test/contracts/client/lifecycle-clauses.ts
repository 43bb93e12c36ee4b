import { deepEqual, equal, ok } from "node:assert/strict";
import type { Event } from "../../../src/index.js";
import { clause } from "../clause.js";
import type { PairHarness, PairNode } from "../pair/harness.js";
import { answer, ask, collect, ended, failureOf, serve, slackMs, until } from "../pair/tools.js";
import { listening } from "./call-clauses.js";

interface Order {
  readonly item: string;
  readonly count: number;
}

/** Keeps the events of a topic; made before the process starts. */
function subscribed(node: PairNode, service: string, topic: string): Event<Order>[] {
  const events: Event<Order>[] = [];
  node.server.subscribe(
    node.server.newSubscriber({
      service: { name: service },
      topic,
      name: "Keeper.keep",
      handle: async (event: Event<never>) => void events.push(event),
    }),
  );
  return events;
}

/** Publishing, and the end. */
export const lifecycleClauses = [
  clause("an event reaches its subscriber with its value", async (harness: PairHarness) => {
    const topic = `${harness.service()}.ordered`;
    const events = subscribed(harness, harness.service(), topic);
    await harness.start();
    const order: Order = { item: "Stühle 🪑", count: 4 };
    await harness.client.publish(harness.client.newMessage(topic, order));
    await until(harness, events, 1);
    deepEqual(events[0]!.data, order);
    equal(events[0]!.topic, topic);
    await harness.client.publish(harness.client.newMessage({ name: topic }, order));
    await until(harness, events, 2);
    ok(events[0]!.id, "no id");
    ok(events[0]!.id !== events[1]!.id, "two events have one id");
  }),

  clause("an event brings its metadata", async (harness: PairHarness) => {
    const topic = `${harness.service()}.ordered`;
    const events = subscribed(harness, harness.service(), topic);
    await harness.start();
    const metadata = { "X-Tenant": "Grüße" };
    await harness.client.publish(harness.client.newMessage(topic, {}), { metadata });
    await until(harness, events, 1);
    equal(events[0]!.context.metadata["x-tenant"], "Grüße");
  }),

  clause("an event takes the metadata of the call it came from", async (harness: PairHarness) => {
    const service = harness.service();
    const topic = `${service}.ordered`;
    const events = subscribed(harness, service, topic);
    const { client } = harness;
    serve(harness, service, "Shop.Order", async () => {
      await client.publish(client.newMessage(topic, {}));
      return {};
    });
    await harness.start();
    const metadata = { "x-tenant": "acme", authorization: "Bearer s3cret" };
    await answer(harness, service, "Shop.Order", {}, { metadata });
    await until(harness, events, 1);
    const got = events[0]!.context.metadata;
    deepEqual([got["x-tenant"], got["authorization"]], ["acme", undefined]);
  }),

  clause("an event that the broker does not take fails", async (harness: PairHarness) => {
    const topic = `${harness.service()}.ordered`;
    await harness.start();
    await harness.broker.disconnect();
    const publishing = harness.client.publish(harness.client.newMessage(topic, {}));
    equal((await failureOf(publishing)).code, 503);
  }),

  clause("close ends the calls in hand", async (harness: PairHarness) => {
    const service = harness.service();
    const { began, told, handle } = listening();
    serve(harness, service, "Slow.Work", handle);
    await harness.start();
    const caller = await harness.peer();
    const options = { timeoutMs: 600_000 };
    const call = failureOf(ask(caller, service, "Slow.Work", {}, options));
    await until(harness, began, 1);
    await caller.client.close();
    equal((await ended(harness, call)).code, 503);
    await until(harness, told, 1);
  }),

  clause("after close nothing is sent, and it says why", async (harness: PairHarness) => {
    const service = harness.service();
    const seen: unknown[] = [];
    serve(harness, service, "Echo.Say", async (request: unknown) => {
      seen.push(request);
      return {};
    });
    await harness.start();
    const { client } = await harness.peer();
    const request = client.newRequest(service, "Echo.Say", {});
    await client.call(request);
    await client.close();
    await client.close();
    const error = await failureOf(client.call(request));
    deepEqual([error.code, error.reason], [503, "client.closed"]);
    const shape = { endpoint: "Echo.Say", replyStream: true };
    const streaming = collect(client.stream(client.newRequest(service, shape, {})));
    equal((await failureOf(streaming)).code, 503);
    await harness.elapse(slackMs);
    equal(seen.length, 1, "calls");
  }),
];
