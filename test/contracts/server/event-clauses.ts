import { deepEqual, equal, ok } from "node:assert/strict";
import type { Event } from "../../../src/index.js";
import { Unavailable, type Delivery, type SubscriberDefinition } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness } from "../pair/harness.js";
import { gate, slackMs, until } from "../pair/tools.js";
import { named } from "./call-clauses.js";

type Settings = Partial<Omit<SubscriberDefinition, "service" | "topic" | "name" | "handle">>;

/** A subscriber that keeps its events, then does `work`. */
function subscriber(
  harness: PairHarness,
  settings: Settings = {},
  work: (event: Event<unknown>) => unknown = () => undefined,
) {
  const service = harness.service();
  const topic = `${service}.happened`;
  const events: Event<unknown>[] = [];
  const { server } = harness;
  const handle = async (event: Event<never>): Promise<unknown> => {
    events.push(event);
    return work(event);
  };
  server.subscribe(
    server.newSubscriber({
      service: { name: service },
      topic,
      name: "Test.On",
      handle,
      ...settings,
    }),
  );
  return { topic, events };
}

/** What ends in the dead letters of a topic. */
async function lettersOf(harness: PairHarness, topic: string): Promise<Delivery[]> {
  const letters: Delivery[] = [];
  await harness.broker.connect();
  await harness.broker.subscribe(
    `${topic}.dead-letter`,
    async (letter) => void letters.push(letter),
  );
  return letters;
}

const publish = ({ client }: PairHarness, topic: string, data: unknown): Promise<void> =>
  client.publish(client.newMessage(topic, data), { metadata: { "x-tenant": "acme" } });

const policy = { attempts: 2, backoffMs: 10, maxBackoffMs: 10 } as const;

/** Serving events. */
export const eventClauses = [
  clause("a subscriber gets the event and its context", async (harness: PairHarness) => {
    const { topic, events } = subscriber(harness);
    await harness.start();
    await publish(harness, topic, { user: "ann" });
    await until(harness, events, 1);
    const [event] = events as [Event<unknown>];
    deepEqual(event.data, { user: "ann" });
    deepEqual([event.topic, event.attempt], [topic, 1]);
    ok(event.id, "no id");
    equal(event.context.metadata["x-tenant"], "acme");
    await harness.elapse(slackMs);
    equal(events.length, 1, "events");
  }),

  clause("an event that fails is tried again, then put away", async (harness: PairHarness) => {
    const settings = { retry: policy, deadLetter: true };
    const { topic, events } = subscriber(harness, settings, () => {
      throw new Unavailable("the mail is down", { reason: "mail.down" });
    });
    const letters = await lettersOf(harness, topic);
    await harness.start();
    await publish(harness, topic, { user: "ann" });
    await until(harness, letters, 1);
    deepEqual(
      events.map(({ attempt }) => attempt),
      [1, 2],
    );
    equal(events[0]!.id, events[1]!.id, "the id changes with the attempt");
    const reason = letters[0]!.message.headers["dead-letter-reason"];
    ok(reason?.includes("mail.down"), `the reason is ${reason}`);
  }),

  clause("an event that cannot be read is put away at once", async (harness: PairHarness) => {
    const { topic, events } = subscriber(harness, { retry: policy, deadLetter: true });
    const letters = await lettersOf(harness, topic);
    await harness.start();
    const kinds = { "application/json": "{", "application/unheard-of": "{}" };
    for (const [contentType, text] of Object.entries(kinds)) {
      const headers = { "content-type": contentType, "micro-topic": topic, "micro-id": "bad" };
      await harness.broker.publish(topic, { headers, body: new TextEncoder().encode(text) });
    }
    await until(harness, letters, 2);
    deepEqual(events, []);
    for (const { message } of letters) {
      equal(message.headers["dead-letter-attempts"], "1", "attempts");
      const reason = message.headers["dead-letter-reason"];
      ok(reason?.includes("event.undecodable"), `the reason is ${reason}`);
    }
  }),

  clause("an event that breaks its schema is put away at once", async (harness: PairHarness) => {
    const settings = { retry: policy, deadLetter: true, schema: named() };
    const { topic, events } = subscriber(harness, settings);
    const letters = await lettersOf(harness, topic);
    await harness.start();
    await publish(harness, topic, { name: 1 });
    await until(harness, letters, 1);
    equal(letters[0]!.message.headers["dead-letter-attempts"], "1", "attempts");
    await publish(harness, topic, { name: " Ann " });
    await until(harness, events, 1);
    deepEqual(events[0]!.data, { name: "Ann" });
  }),

  clause(
    "a subscriber that takes too long is told, and tried again",
    async (harness: PairHarness) => {
      const stuck = new Promise(() => undefined);
      const settings = { retry: policy, timeoutMs: 50 };
      const { topic, events } = subscriber(harness, settings, ({ attempt }) =>
        attempt === 1 ? stuck : undefined,
      );
      await harness.start();
      await publish(harness, topic, {});
      await until(harness, events, 2);
      equal(events[0]!.context.signal.aborted, true, "the subscriber was not told");
      equal(events[1]!.attempt, 2);
    },
  ),

  clause("with manual acknowledgement the event says when", async (harness: PairHarness) => {
    const door = gate();
    const settings = { ack: "manual", retry: policy } as const;
    const { topic, events } = subscriber(harness, settings, (event) => {
      if (event.attempt === 1 && events.length === 1) event.nack(new Error("not yet"));
      else void door.opened.then(() => event.ack());
    });
    await harness.start();
    await publish(harness, topic, { n: 1 });
    await until(harness, events, 2);
    deepEqual([events[1]!.attempt, events[1]!.data], [2, { n: 1 }]);
    await publish(harness, topic, { n: 2 });
    await harness.elapse(slackMs);
    equal(events.length, 2, "the next event came before the one in hand was done");
    door.open();
    await until(harness, events, 3);
    deepEqual(events[2]!.data, { n: 2 });
  }),
];
