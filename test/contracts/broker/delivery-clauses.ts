import { deepEqual, equal } from "node:assert/strict";
import { clause } from "../clause.js";
import type { BrokerHarness } from "./harness.js";
import { exactly, gate, inbox, message, quietMs, texts } from "./inbox.js";

/** Who gets a message, and what arrives. */
export const deliveryClauses = [
  clause("the headers arrive unchanged", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const seen = inbox();
    await broker.subscribe(topic, seen.handler);
    const headers = { "x-words": "two words", "x-unicode": "grüße ✓ 漢字", "x-signs": `;,="'%\\` };
    const sent = message(topic, "headers", headers);
    await broker.publish(topic, sent);
    await exactly(harness, 1, seen);
    deepEqual({ ...seen.deliveries[0]!.message.headers }, { ...sent.headers });
  }),

  clause("the body arrives unchanged, byte by byte", async (harness: BrokerHarness) => {
    const { broker, largestBody = 1_047_552 } = harness;
    const topic = harness.topic();
    const seen = inbox();
    await broker.subscribe(topic, seen.handler);
    const bodies = [
      new Uint8Array(0),
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
      new TextEncoder().encode('{"text":"grüße ✓ 漢字 🎈"}\r\n'),
      Uint8Array.from({ length: largestBody }, (_, index) => (index * 31) % 251),
    ];
    for (const [index, body] of bodies.entries()) {
      await broker.publish(topic, { ...message(topic, ""), body });
      await exactly(harness, index + 1, seen);
      equal(Buffer.compare(seen.deliveries[index]!.message.body, body), 0, `body ${index} differs`);
    }
  }),

  clause(
    "a delivery names its topic, its first attempt and its key",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      const topic = harness.topic();
      const seen = inbox();
      await broker.subscribe(topic, seen.handler, { orderBy: ({ headers }) => headers["x-key"] });
      await broker.publish(topic, message(topic, "keyed", { "x-key": "k" }));
      await broker.publish(topic, message(topic, "free"));
      await exactly(harness, 2, seen);
      const facts = seen.deliveries.map(({ topic: of, attempt, key }) => ({ of, attempt, key }));
      deepEqual(new Set(facts.map((fact) => fact.key)), new Set(["k", undefined]));
      for (const { of, attempt } of facts) deepEqual({ of, attempt }, { of: topic, attempt: 1 });
    },
  ),

  clause("a message reaches no other topic", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const [one, other] = [harness.topic(), harness.topic()];
    const [mine, strange] = [inbox(), inbox()];
    await broker.subscribe(one, mine.handler);
    await broker.subscribe(other, strange.handler);
    await broker.publish(one, message(one, "mine"));
    await exactly(harness, 1, mine, strange);
    deepEqual(mine.texts(), ["mine"]);
  }),

  clause("exactly one member of a group gets each message", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const peer = await harness.peer();
    await peer.connect();
    const members = [inbox(), inbox(), inbox()] as const;
    await broker.subscribe(topic, members[0].handler, { group: "workers" });
    await broker.subscribe(topic, members[1].handler, { group: "workers" });
    await peer.subscribe(topic, members[2].handler, { group: "workers" });
    const sent = texts(24);
    for (const text of sent) await broker.publish(topic, message(topic, text));
    await exactly(harness, sent.length, ...members);
    deepEqual(members.flatMap((member) => member.texts()).sort(), [...sent].sort());
  }),

  clause("every group gets each message", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const [mails, bills] = [inbox(), inbox()];
    await broker.subscribe(topic, mails.handler, { group: "mails" });
    await broker.subscribe(topic, bills.handler, { group: "bills" });
    const sent = texts(5);
    for (const text of sent) await broker.publish(topic, message(topic, text));
    await exactly(harness, 10, mails, bills);
    deepEqual([mails.texts().sort(), bills.texts().sort()], [sent, sent]);
  }),

  clause("without a group every subscription gets each message", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const peer = await harness.peer();
    await peer.connect();
    const all = [inbox(), inbox(), inbox()] as const;
    await broker.subscribe(topic, all[0].handler);
    await broker.subscribe(topic, all[1].handler);
    await peer.subscribe(topic, all[2].handler);
    const sent = texts(4);
    for (const text of sent) await broker.publish(topic, message(topic, text));
    await exactly(harness, 12, ...all);
    for (const each of all) deepEqual(each.texts().sort(), sent);
  }),

  clause("what is published after subscribe resolved arrives", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const peer = await harness.peer();
    await peer.connect();
    for (const group of [undefined, "late"]) {
      const topic = harness.topic();
      const seen = inbox();
      await peer.subscribe(topic, seen.handler, group === undefined ? {} : { group });
      await broker.publish(topic, message(topic, "now"));
      await exactly(harness, 1, seen);
    }
  }),

  clause("of many messages none is lost and none doubled", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const peer = await harness.peer();
    await peer.connect();
    const [here, there] = [inbox(), inbox()];
    await broker.subscribe(topic, here.handler, { group: "g", concurrency: 8 });
    await peer.subscribe(topic, there.handler, { group: "g", concurrency: 8 });
    const sent = texts(400);
    for (let start = 0; start < sent.length; start += 20)
      await Promise.all(
        sent.slice(start, start + 20).map((text) => peer.publish(topic, message(topic, text))),
      );
    await exactly(harness, sent.length, here, there);
    deepEqual([...here.texts(), ...there.texts()].sort(), [...sent].sort());
  }),

  clause(
    "messages wait for a group that is away, where that is claimed",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      if (!broker.capabilities.durable) return;
      const topic = harness.topic();
      const [before, after] = [inbox(), inbox()];
      const first = await broker.subscribe(topic, before.handler, { group: "away" });
      await broker.publish(topic, message(topic, "before"));
      await exactly(harness, 1, before);
      await first.close();
      await broker.publish(topic, message(topic, "meanwhile"));
      await broker.subscribe(topic, after.handler, { group: "away" });
      await exactly(harness, 1, after);
      deepEqual(after.texts(), ["meanwhile"]);
    },
  ),

  clause(
    "an unsettled message goes to another member, where that is claimed",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      if (!broker.capabilities.redelivery) return;
      const topic = harness.topic();
      const held = gate();
      const [slow, other] = [inbox(() => held.opened), inbox()];
      const first = await broker.subscribe(topic, slow.handler, { group: "g" });
      await broker.publish(topic, message(topic, "held"));
      await harness.eventually(() => equal(slow.deliveries.length, 1));
      await broker.subscribe(topic, other.handler, { group: "g" });
      const closed = first.close({ timeoutMs: 20 });
      await harness.elapse(quietMs);
      await closed;
      await exactly(harness, 1, other);
      held.open();
      deepEqual(other.texts(), ["held"]);
    },
  ),

  clause("delayMs holds a message back, or is refused", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const seen = inbox();
    await broker.subscribe(topic, seen.handler);
    const published = broker.publish(topic, message(topic, "later"), { delayMs: 1_000 });
    if (!broker.capabilities.delay) {
      const refusal: unknown = await published.catch((error: unknown) => error);
      equal((refusal as { reason?: unknown }).reason, "broker.capability");
      return;
    }
    await published;
    await harness.elapse(quietMs);
    equal(seen.deliveries.length, 0, "delivered too early");
    await harness.elapse(1_000);
    await exactly(harness, 1, seen);
  }),
];
