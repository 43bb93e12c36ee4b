import { deepEqual, equal, ok } from "node:assert/strict";
import { BadRequest } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { BrokerHarness } from "./harness.js";
import { exactly, inbox, message, quietMs, textOf } from "./inbox.js";

const quick = { backoffMs: 1, maxBackoffMs: 5 };

const fails = async (): Promise<void> => {
  throw new Error("no luck\r\nat all");
};

/** Acknowledgement, tries, backoff, dead letters. */
export const retryClauses = [
  clause(
    "a failed delivery is tried again, and tries are counted",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      const topic = harness.topic();
      const seen = inbox(({ attempt }) => (attempt < 3 ? fails() : Promise.resolve()));
      await broker.subscribe(topic, seen.handler, { retry: { ...quick, attempts: 5 } });
      await broker.publish(topic, message(topic, "stubborn"));
      await exactly(harness, 3, seen);
      deepEqual(
        seen.deliveries.map(({ attempt }) => attempt),
        [1, 2, 3],
      );
      deepEqual(new Set(seen.texts()), new Set(["stubborn"]));
    },
  ),

  clause("there are as many tries as allowed, and no more", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const [three, two] = [harness.topic(), harness.topic()];
    const [byDefault, asTold] = [inbox(fails), inbox(fails)];
    await broker.subscribe(three, byDefault.handler, { retry: quick });
    await broker.subscribe(two, asTold.handler, { retry: { ...quick, attempts: 2 } });
    await broker.publish(three, message(three, "three"));
    await exactly(harness, 3, byDefault);
    await broker.publish(two, message(two, "two"));
    await exactly(harness, 2, asTold);
  }),

  clause("whatever a handler throws counts as a failure", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const thrown: unknown[] = [undefined, "text", 7, { strange: true }];
    const seen = inbox(({ attempt }) => {
      if (attempt <= thrown.length) throw thrown[attempt - 1]; // and not even in a promise
      return Promise.resolve();
    });
    await broker.subscribe(topic, seen.handler, { retry: { ...quick, attempts: 9 } });
    await broker.publish(topic, message(topic, "thrown"));
    await exactly(harness, thrown.length + 1, seen);
  }),

  clause("tries lie apart", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const seen = inbox(fails);
    const retry = { attempts: 8, backoffMs: 300, maxBackoffMs: 300 };
    await broker.subscribe(topic, seen.handler, { retry });
    await broker.publish(topic, message(topic, "patience"));
    await harness.eventually(() => ok(seen.deliveries.length > 0));
    await harness.elapse(20);
    ok(seen.deliveries.length < 8, "seven random shares of 300 ms were over in 20 ms");
    await exactly(harness, 8, seen);
  }),

  clause(
    "a message that always fails does not stop those after it",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      const topic = harness.topic();
      const seen = inbox((delivery) =>
        textOf(delivery.message) === "bad" ? fails() : Promise.resolve(),
      );
      await broker.subscribe(topic, seen.handler, { group: "g", retry: { ...quick, attempts: 2 } });
      await broker.publish(topic, message(topic, "bad"));
      for (const text of ["good", "better"]) await broker.publish(topic, message(topic, text));
      await exactly(harness, 4, seen);
      deepEqual(new Set(seen.texts()), new Set(["bad", "good", "better"]));
    },
  ),

  clause(
    "a used-up message goes to the dead letters with reason, topic and tries",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      const topic = harness.topic();
      const [letters, seen] = [inbox(), inbox(fails)];
      await broker.subscribe(`${topic}.dead-letter`, letters.handler);
      await broker.subscribe(topic, seen.handler, {
        retry: { ...quick, attempts: 2 },
        deadLetter: true,
      });
      const body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const sent = { ...message(topic, "", { "x-trace": "t1" }), body };
      await broker.publish(topic, sent);
      await exactly(harness, 1, letters);
      equal(seen.deliveries.length, 2);
      const letter = letters.deliveries[0]!.message;
      equal(Buffer.compare(letter.body, body), 0, "the body differs");
      for (const name of ["micro-id", "content-type", "x-trace"] as const)
        equal(letter.headers[name], (sent.headers as Record<string, string>)[name], name);
      equal(letter.headers["dead-letter-topic"], topic);
      equal(letter.headers["dead-letter-attempts"], "2");
      equal(letter.headers["dead-letter-reason"], "no luck at all");
    },
  ),

  clause("dead letters go to the topic that was named", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const [topic, named] = [harness.topic(), harness.topic()];
    const letters = inbox();
    await broker.subscribe(named, letters.handler);
    await broker.subscribe(topic, fails, { retry: { ...quick, attempts: 1 }, deadLetter: named });
    await broker.publish(topic, message(topic, "lost"));
    await exactly(harness, 1, letters);
    deepEqual(letters.texts(), ["lost"]);
  }),

  clause(
    "without deadLetter nothing is published when tries are used up",
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      const topic = harness.topic();
      const [letters, seen] = [inbox(), inbox(fails)];
      await broker.subscribe(`${topic}.dead-letter`, letters.handler);
      await broker.subscribe(topic, seen.handler, { retry: { ...quick, attempts: 1 } });
      await broker.publish(topic, message(topic, "gone"));
      await exactly(harness, 1, seen, letters);
    },
  ),

  clause(
    'an error with retry "never" goes to the dead letters at once',
    async (harness: BrokerHarness) => {
      const { broker } = harness;
      const topic = harness.topic();
      const letters = inbox();
      const seen = inbox(async () => {
        throw new BadRequest("not readable", { reason: "codec.malformed", retry: "never" });
      });
      await broker.subscribe(`${topic}.dead-letter`, letters.handler);
      await broker.subscribe(topic, seen.handler, {
        retry: { ...quick, attempts: 9 },
        deadLetter: true,
      });
      await broker.publish(topic, message(topic, "garbage"));
      await exactly(harness, 1, letters);
      equal(seen.deliveries.length, 1);
      const { headers } = letters.deliveries[0]!.message;
      equal(headers["dead-letter-reason"], "codec.malformed: not readable");
      equal(headers["dead-letter-attempts"], "1");
    },
  ),

  clause("a delivery that succeeded is not repeated", async (harness: BrokerHarness) => {
    const { broker } = harness;
    const topic = harness.topic();
    const first = inbox();
    const subscription = await broker.subscribe(topic, first.handler, { group: "g" });
    await broker.publish(topic, message(topic, "once"));
    await exactly(harness, 1, first);
    await subscription.close();
    const second = inbox();
    await broker.subscribe(topic, second.handler, { group: "g" });
    await harness.elapse(quietMs);
    await exactly(harness, 1, first, second);
  }),
];
