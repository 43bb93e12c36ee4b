import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { BrokerCapabilities } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { BrokerHarness } from "./harness.js";
import { exactly, gate, inbox, message, quietMs } from "./inbox.js";

const every: readonly (keyof BrokerCapabilities)[] = [
  "durable",
  "redelivery",
  "orderAcrossMembers",
  "delay",
];

/** Watches whether a promise has resolved. */
function watched(promise: Promise<unknown>): { done: boolean } {
  const watch = { done: false };
  void promise.then(() => (watch.done = true));
  return watch;
}

/** Connecting, closing, refusing. */
export const lifecycleClauses = [
  clause(
    "before connect and after disconnect nothing is taken, and it says why",
    async (harness: BrokerHarness) => {
      const peer = await harness.peer();
      const topic = harness.topic();
      const refusal = { code: 503, reason: "broker.not-connected" };
      await rejects(peer.publish(topic, message(topic, "early")), refusal);
      await rejects(peer.subscribe(topic, inbox().handler), refusal);
      await peer.connect();
      await peer.publish(topic, message(topic, "in time"));
      await peer.disconnect();
      await rejects(peer.publish(topic, message(topic, "late")), refusal);
      await rejects(peer.subscribe(topic, inbox().handler), refusal);
    },
  ),

  clause("connect and disconnect can be called twice", async (harness: BrokerHarness) => {
    const peer = await harness.peer();
    await peer.disconnect();
    await Promise.all([peer.connect(), peer.connect()]);
    await peer.connect();
    const topic = harness.topic();
    const seen = inbox();
    await peer.subscribe(topic, seen.handler);
    await peer.publish(topic, message(topic, "works"));
    await exactly(harness, 1, seen);
    await Promise.all([peer.disconnect(), peer.disconnect()]);
    await peer.disconnect();
  }),

  clause("a message for nobody is accepted", async (harness: BrokerHarness) => {
    const topic = harness.topic();
    await harness.broker.publish(topic, message(topic, "anybody?"));
  }),

  clause("a publish whose signal has aborted is cancelled", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const seen = inbox();
    await broker.subscribe(topic, seen.handler);
    const signal = AbortSignal.abort(new Error("changed my mind"));
    await rejects(broker.publish(topic, message(topic, "no"), { signal }), { code: 499 });
    await broker.publish(topic, message(topic, "yes"));
    await exactly(harness, 1, seen);
    deepEqual(seen.texts(), ["yes"]);
  }),

  clause("close waits for the delivery in hand", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const held = gate();
    const seen = inbox(() => held.opened);
    const subscription = await broker.subscribe(topic, seen.handler);
    await broker.publish(topic, message(topic, "in hand"));
    await harness.eventually(() => equal(seen.deliveries.length, 1));
    const closed = watched(subscription.close());
    await harness.elapse(quietMs);
    equal(closed.done, false, "close did not wait");
    held.open();
    await harness.eventually(() => ok(closed.done));
  }),

  clause("close waits no longer than told", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const held = gate();
    const seen = inbox(() => held.opened);
    const subscription = await broker.subscribe(topic, seen.handler);
    await broker.publish(topic, message(topic, "for ever"));
    await harness.eventually(() => equal(seen.deliveries.length, 1));
    const closed = watched(subscription.close({ timeoutMs: 50 }));
    await harness.elapse(50 + quietMs);
    const inTime = closed.done;
    held.open();
    ok(inTime, "close still waits");
  }),

  clause("a backoff ends at once when the subscription closes", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const seen = inbox(async () => {
      throw new Error("again");
    });
    const retry = { backoffMs: 3_600_000, maxBackoffMs: 3_600_000 };
    const subscription = await broker.subscribe(topic, seen.handler, { retry });
    await broker.publish(topic, message(topic, "resting"));
    await harness.eventually(() => equal(seen.deliveries.length, 1));
    const closed = watched(subscription.close({ timeoutMs: 3_600_000 }));
    await harness.elapse(quietMs);
    ok(closed.done, "close waits for a backoff");
  }),

  clause(
    "after close nothing is delivered, and closing again does nothing",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      const topic = harness.topic();
      const [leaving, staying] = [inbox(), inbox()];
      const subscription = await broker.subscribe(topic, leaving.handler);
      await broker.subscribe(topic, staying.handler);
      await broker.publish(topic, message(topic, "first"));
      await exactly(harness, 2, leaving, staying);
      await Promise.all([subscription.close(), subscription.close()]);
      await subscription.close();
      await broker.publish(topic, message(topic, "second"));
      await exactly(harness, 3, leaving, staying);
      deepEqual(leaving.texts(), ["first"]);
    },
  ),

  clause("a group goes on when a member closes", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const [leaving, staying] = [inbox(), inbox()];
    const subscription = await broker.subscribe(topic, leaving.handler, { group: "g" });
    await broker.subscribe(topic, staying.handler, { group: "g" });
    await subscription.close();
    for (const text of ["one", "two", "three"]) await broker.publish(topic, message(topic, text));
    await exactly(harness, 3, staying);
    deepEqual(leaving.texts(), []);
  }),

  clause("disconnect waits for the delivery in hand", async (harness: BrokerHarness) => {
    const peer = await harness.peer();
    await peer.connect();
    const topic = harness.topic();
    const held = gate();
    const seen = inbox(() => held.opened);
    await peer.subscribe(topic, seen.handler);
    await harness.broker.publish(topic, message(topic, "in hand"));
    await harness.eventually(() => equal(seen.deliveries.length, 1));
    const gone = watched(peer.disconnect());
    await harness.elapse(quietMs);
    equal(gone.done, false, "disconnect did not wait");
    held.open();
    await harness.eventually(() => ok(gone.done));
    await harness.broker.publish(topic, message(topic, "after"));
    await exactly(harness, 1, seen);
  }),

  clause("what it cannot do is refused in a sentence", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    for (const capability of every.filter((name) => !broker.capabilities[name])) {
      await rejects(
        broker.subscribe(topic, inbox().handler, { requires: [capability] }),
        (error) => {
          const {
            code,
            reason,
            message: text,
          } = error as Error & { code?: unknown; reason?: unknown };
          deepEqual({ code, reason }, { code: 501, reason: "broker.capability" });
          for (const part of [broker.name, capability, topic])
            ok(text.includes(part), `${part}: ${text}`);
          return true;
        },
      );
    }
    await broker.publish(topic, message(topic, "unheard"));
  }),

  clause("what it can do may be asked for", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const seen = inbox();
    const requires = every.filter((name) => broker.capabilities[name]);
    await broker.subscribe(topic, seen.handler, { group: "g", requires });
    await broker.publish(topic, message(topic, "heard"));
    await exactly(harness, 1, seen);
  }),
];
