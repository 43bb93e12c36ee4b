import { deepEqual, equal, ok } from "node:assert/strict";
import { clause } from "../clause.js";
import type { BrokerHarness } from "./harness.js";
import { exactly, gate, inbox, message, quietMs, texts, textOf } from "./inbox.js";
import type { BrokerMessage } from "../../../src/spi.js";

const orderBy = ({ headers }: BrokerMessage): string | undefined => headers["x-key"];

/** A handler that counts how many run at once and holds each until the gate opens. */
function crowd() {
  const held = gate();
  const counts = { now: 0, most: 0 };
  const seen = inbox(async () => {
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    await held.opened;
    counts.now -= 1;
  });
  return { held, counts, seen };
}

/** Concurrency, and order by key. */
export const orderClauses = [
  clause("as many deliveries are handled at once as allowed", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const { held, counts, seen } = crowd();
    await broker.subscribe(topic, seen.handler, { group: "g", concurrency: 3 });
    for (const text of texts(3)) await broker.publish(topic, message(topic, text));
    await harness.eventually(() => equal(counts.now, 3));
    held.open();
    await exactly(harness, 3, seen);
  }),

  clause(
    "never are more deliveries handled at once than allowed",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      for (const concurrency of [undefined, 2]) {
        const topic = harness.topic();
        const { held, counts, seen } = crowd();
        await broker.subscribe(topic, seen.handler, {
          group: "g",
          ...(concurrency === undefined ? {} : { concurrency }),
        });
        for (const text of texts(8)) await broker.publish(topic, message(topic, text));
        await harness.eventually(() => ok(counts.now > 0));
        await harness.elapse(quietMs);
        equal(counts.now, concurrency ?? 1);
        held.open();
        await exactly(harness, 8, seen);
        equal(counts.most, concurrency ?? 1);
      }
    },
  ),

  clause(
    "messages of a key are handled one after the other, in order",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      const topic = harness.topic();
      const busy = new Set<string | undefined>();
      const done: string[] = [];
      const seen = inbox(async ({ key, attempt, message: { body, headers } }) => {
        ok(!busy.has(key), `two of key ${key ?? ""} at once`);
        busy.add(key);
        await Promise.resolve();
        busy.delete(key);
        const text = textOf({ body, headers });
        if (text.endsWith("3") && attempt === 1) throw new Error("a retry keeps its place");
        done.push(text);
      });
      await broker.subscribe(topic, seen.handler, {
        group: "g",
        concurrency: 8,
        orderBy,
        retry: { backoffMs: 5 },
      });
      const keys = ["a", "b", "c"];
      for (let number = 0; number < 8; number += 1)
        for (const key of keys) {
          const sent = message(topic, `${key}${number}`, { "x-key": key });
          await broker.publish(topic, sent, { key });
        }
      await exactly(harness, 8 * keys.length + keys.length, seen);
      for (const key of keys)
        deepEqual(
          done.filter((text) => text.startsWith(key)),
          texts(8, key),
        );
    },
  ),

  clause("different keys are handled side by side", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const { held, counts, seen } = crowd();
    await broker.subscribe(topic, seen.handler, { group: "g", concurrency: 4, orderBy });
    for (const key of ["a", "a", "b", "c"])
      await broker.publish(topic, message(topic, key, { "x-key": key }), { key });
    await harness.eventually(() => equal(counts.now, 3));
    held.open();
    await exactly(harness, 4, seen);
  }),

  clause(
    "a message being retried holds back its own key and no other",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      const topic = harness.topic();
      const seen = inbox(async ({ key, attempt }) => {
        if (key === "bad" && attempt < 4) throw new Error("poison");
      });
      const retry = { attempts: 4, backoffMs: 60_000, maxBackoffMs: 60_000 };
      const subscription = await broker.subscribe(topic, seen.handler, {
        group: "g",
        orderBy,
        retry,
      });
      for (const [key, text] of [
        ["bad", "b0"],
        ["bad", "b1"],
        ["good", "g0"],
        ["good", "g1"],
      ] as const)
        await broker.publish(topic, message(topic, text, { "x-key": key }), { key });
      await harness.eventually(() =>
        deepEqual(
          seen.texts().filter((t) => t !== "b0"),
          ["g0", "g1"],
        ),
      );
      await subscription.close({ timeoutMs: 0 });
    },
  ),

  clause(
    "order per key holds across members, where that is claimed",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      if (!broker.capabilities.orderAcrossMembers) return;
      const topic = harness.topic();
      const peer = await harness.peer();
      await peer.connect();
      const done: string[] = [];
      let first = true;
      const work = inbox(async ({ message: sent }) => {
        const slow = first;
        first = false;
        if (slow) await harness.elapse(50);
        done.push(textOf(sent));
      });
      for (const member of [broker, peer, broker])
        await member.subscribe(topic, work.handler, { group: "g", orderBy });
      for (const text of texts(6))
        await broker.publish(topic, message(topic, text, { "x-key": "k" }), { key: "k" });
      await harness.eventually(() => equal(done.length, 6));
      deepEqual(done, texts(6));
    },
  ),
];
