import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { BadRequest, silentLogger } from "../../../src/spi.js";
import type { BrokerMessage } from "../../../src/broker/broker.js";
import { consumer } from "../../../src/broker/consumer.js";
import { seededRandom } from "../../support/seeded-random.js";
import { VirtualClock } from "../../support/virtual-clock.js";

/** One message: its key, how its tries go, and how long each takes. */
const planned = fc.record({
  key: fc.constantFrom(undefined, "a", "b", "c"),
  failures: fc.integer({ min: 0, max: 4 }),
  pointless: fc.boolean(),
  workMs: fc.integer({ min: 0, max: 30 }),
  gapMs: fc.integer({ min: 0, max: 20 }),
});

const schedule = fc.record({
  seed: fc.integer(),
  messages: fc.array(planned, { minLength: 1, maxLength: 25 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  attempts: fc.integer({ min: 1, max: 3 }),
  backoffMs: fc.integer({ min: 1, max: 40 }),
  refusedLetters: fc.integer({ min: 0, max: 3 }),
  closing: fc.constantFrom("hand-back" as const, "finish" as const),
  closeAfterMs: fc.option(fc.integer({ min: 0, max: 300 })),
});

test("any schedule keeps order per key, bounds concurrency and settles every message once", async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async (plan) => {
      const { seed, messages, concurrency, attempts, backoffMs, closing, closeAfterMs } = plan;
      const clock = new VirtualClock(0);
      const pass = (ms: number) =>
        new Promise<void>((resolve) => void clock.timers.after(ms, resolve));
      const running = new Map<number, string | undefined>();
      const tries = new Map<number, number>();
      const settled: number[] = [];
      const unsettled: number[] = [];
      const letters: number[] = [];
      const broken: string[] = []; // a handler cannot fail the test by throwing
      let refusals = plan.refusedLetters;
      const numberOf = ({ headers }: BrokerMessage): number => Number(headers["micro-id"]);

      const subject = consumer({
        topic: "t",
        options: {
          concurrency,
          orderBy: ({ headers }) => headers["key"],
          retry: { attempts, backoffMs, maxBackoffMs: 100 },
          deadLetter: true,
        },
        environment: { timers: clock.timers, random: seededRandom(seed), logger: silentLogger },
        broker: {
          name: "b",
          capabilities: {
            durable: false,
            redelivery: false,
            orderAcrossMembers: false,
            delay: false,
          },
        },
        closing,
        publish: async (_, message) => {
          refusals -= 1;
          if (refusals >= 0) throw new Error("full");
          letters.push(numberOf(message));
        },
        handler: async ({ message, key, attempt }) => {
          const number = numberOf(message);
          const { workMs, failures, pointless } = messages[number]!;
          if (key !== undefined && [...running.values()].includes(key))
            broken.push(`two of ${key}`);
          if (running.has(number)) broken.push(`${number} twice at once`);
          running.set(number, key);
          if (running.size > concurrency) broken.push(`${running.size} at once`);
          if (attempt !== (tries.get(number) ?? 0) + 1) broken.push(`${number}: try ${attempt}`);
          tries.set(number, attempt);
          await pass(workMs);
          running.delete(number);
          if (attempt <= failures)
            throw pointless ? new BadRequest("no", { retry: "never" }) : new Error("no");
        },
      });

      const fates: Promise<unknown>[] = [];
      const deliveries = (async () => {
        for (const [number, { key, gapMs }] of messages.entries()) {
          const headers = { "micro-id": String(number), ...(key === undefined ? {} : { key }) };
          const delivered = subject.deliver({ headers, body: new Uint8Array(0) });
          fates.push(
            delivered.then(
              () => settled.push(number),
              () => unsettled.push(number),
            ),
          );
          await pass(gapMs);
        }
      })();
      const closed =
        closeAfterMs === null ? undefined : pass(closeAfterMs).then(() => subject.close());
      await clock.advance(60_000);
      await Promise.all([deliveries, closed]);
      await Promise.all(fates); // each has had its end, and a promise has only one

      expect(broken).toEqual([]);
      expect([...settled, ...unsettled].sort((a, b) => a - b)).toEqual(messages.map((_, n) => n));
      if (closeAfterMs === null) expect(unsettled).toEqual([]);
      for (const key of ["a", "b", "c"]) {
        const ofKey = settled.filter((number) => messages[number]!.key === key);
        expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
      }
      for (const number of settled) {
        const { failures, pointless } = messages[number]!;
        const due = failures === 0 ? 1 : pointless ? 1 : Math.min(attempts, failures + 1);
        expect(tries.get(number)).toBe(due);
        const buried = failures > 0 && (pointless || failures >= attempts);
        expect(letters.filter((letter) => letter === number).length).toBe(buried ? 1 : 0);
      }
      expect(subject.stats.inHand).toBe(0);
      expect(clock.waiting).toBe(0);
    }),
    { numRuns: 60 },
  );
});
