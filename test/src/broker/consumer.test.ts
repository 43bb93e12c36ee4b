import { describe, expect, test } from "@jest/globals";
import { BadRequest, type LogFields, type RpcError } from "../../../src/spi.js";
import type { BrokerMessage, Delivery, SubscribeOptions } from "../../../src/broker/broker.js";
import { consumer, type ConsumerSettings } from "../../../src/broker/consumer.js";
import { seededRandom } from "../../support/seeded-random.js";
import { VirtualClock } from "../../support/virtual-clock.js";

const capabilities = { durable: false, redelivery: true, orderAcrossMembers: false, delay: false };

interface Line {
  readonly level: string;
  readonly text: string;
  readonly fields: LogFields | undefined;
}

/** A consumer on a virtual clock, with everything that it did. */
function bench(options: SubscribeOptions = {}, settings: Partial<ConsumerSettings> = {}) {
  const clock = new VirtualClock(0);
  const lines: Line[] = [];
  const letters: { topic: string; message: BrokerMessage; key: string | undefined }[] = [];
  const seen: Delivery[] = [];
  const log = (level: string) => (text: string, fields?: LogFields) =>
    void lines.push({ level, text, fields });
  const work = settings.handler ?? (async () => undefined);
  const subject = consumer({
    topic: "orders",
    options,
    environment: {
      timers: clock.timers,
      random: seededRandom(1),
      logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    },
    publish: async (topic, message, { key }) => void letters.push({ topic, message, key }),
    broker: { name: "bench", capabilities },
    ...settings,
    handler: (delivery) => {
      seen.push(delivery);
      return work(delivery);
    },
  });
  return { clock, lines, letters, seen, subject };
}

const message = (id: string, key?: string): BrokerMessage => ({
  headers: { "micro-id": id, ...(key === undefined ? {} : { key }) },
  body: new TextEncoder().encode(id),
});

const orderBy = ({ headers }: BrokerMessage): string | undefined => headers["key"];
const never = (): Promise<void> => new Promise(() => undefined);
const fails = async (): Promise<void> => {
  throw new Error("no luck");
};

/** What became of a promise, without waiting for it. */
function fate(promise: Promise<void>): { state: string; error?: RpcError } {
  const result: { state: string; error?: RpcError } = { state: "pending" };
  promise.then(
    () => (result.state = "settled"),
    (error: unknown) => {
      result.state = "unsettled";
      result.error = error as RpcError;
    },
  );
  return result;
}

describe("settling", () => {
  test("a handled message settles its delivery", async () => {
    const { subject, seen } = bench();
    await subject.deliver(message("1"), { key: "k" });
    expect(seen).toMatchObject([{ topic: "orders", attempt: 1, key: "k" }]);
    expect(subject.stats).toEqual({ handled: 1, failed: 0, deadLettered: 0, inHand: 0 });
  });

  test("the handler never runs inside deliver", () => {
    const { subject, seen } = bench();
    void subject.deliver(message("1"));
    expect(seen).toEqual([]);
  });

  test("a message without a dead-letter topic is logged with its id and settled", async () => {
    const { subject, lines } = bench({ retry: { attempts: 1 } }, { handler: fails });
    await subject.deliver(message("1", "k"));
    expect(lines).toEqual([
      {
        level: "error",
        text: "a message could not be handled and is given up",
        fields: { topic: "orders", id: "1", attempts: 1, error: "no luck" },
      },
    ]);
    expect(subject.stats).toEqual({ handled: 0, failed: 1, deadLettered: 0, inHand: 0 });
  });

  test("a handler may throw outside of its promise", async () => {
    const { subject } = bench(
      { retry: { attempts: 1 } },
      {
        handler: () => {
          throw new Error("at once");
        },
      },
    );
    await subject.deliver(message("1"));
    expect(subject.stats.failed).toBe(1);
  });

  test("tries go on counting from the attempt that the broker names", async () => {
    const { subject, seen, letters } = bench(
      { retry: { attempts: 3 }, deadLetter: true },
      { handler: fails },
    );
    await subject.deliver(message("1"), { attempt: 3 });
    expect(seen.map(({ attempt }) => attempt)).toEqual([3]);
    expect(letters[0]?.message.headers["dead-letter-attempts"]).toBe("3");
  });

  test("pauses between tries are random shares of a doubling span", async () => {
    const retry = { attempts: 4, backoffMs: 100, maxBackoffMs: 150 };
    const at: number[] = [];
    const { subject, clock } = bench(
      { retry },
      {
        handler: () => {
          at.push(clock.monotonic());
          return fails();
        },
      },
    );
    const settled = subject.deliver(message("1"));
    await clock.advance(1_000);
    await settled;
    const random = seededRandom(1);
    let due = 0;
    for (const [index, span] of [100, 150, 150].entries()) {
      due += random.next() * span;
      expect(at[index + 1]).toBeCloseTo(due);
    }
  });

  test("an orderBy that throws puts the message away unhandled", async () => {
    const { subject, seen, letters } = bench({
      deadLetter: true,
      orderBy: () => {
        throw new Error("no key");
      },
    });
    await subject.deliver(message("1"));
    expect(seen).toEqual([]);
    expect(letters[0]?.message.headers).toMatchObject({
      "dead-letter-reason": "no key",
      "dead-letter-attempts": "0",
    });
  });
});

describe("dead letters", () => {
  test("carry headers, body and key of the message", async () => {
    const { subject, letters } = bench(
      { retry: { attempts: 1 }, deadLetter: true },
      { handler: fails },
    );
    const sent = message("1");
    await subject.deliver(sent, { key: "k" });
    expect(letters).toMatchObject([{ topic: "orders.dead-letter", key: "k" }]);
    expect(letters[0]?.message.body).toBe(sent.body);
    expect(letters[0]?.message.headers["micro-id"]).toBe("1");
    expect(sent.headers).toEqual({ "micro-id": "1" });
    expect(subject.stats.deadLettered).toBe(1);
  });

  test("are tried until they are accepted, and hold back their key only", async () => {
    let refusals = 5;
    const { subject, clock, lines, seen } = bench(
      { retry: { attempts: 1, backoffMs: 1_000 }, deadLetter: true, orderBy },
      {
        handler: ({ key }) => (key === "bad" ? fails() : Promise.resolve()),
        publish: async () => {
          refusals -= 1;
          if (refusals >= 0) throw new Error("full");
        },
      },
    );
    const first = fate(subject.deliver(message("1", "bad")));
    const second = fate(subject.deliver(message("2", "bad")));
    const third = fate(subject.deliver(message("3", "good")));
    await clock.settle();
    expect([first.state, second.state, third.state]).toEqual(["pending", "pending", "settled"]);
    expect(seen.length).toBe(2);
    await clock.advance(60_000);
    expect([first.state, second.state]).toEqual(["settled", "settled"]);
    expect(lines.filter(({ text }) => text.includes("was not accepted")).length).toBe(5);
    expect(subject.stats.deadLettered).toBe(2);
  });

  test("that nobody accepts are unsettled when the consumer closes", async () => {
    const { subject, clock } = bench(
      { retry: { attempts: 1, backoffMs: 1_000 }, deadLetter: true },
      { handler: fails, publish: fails },
    );
    const result = fate(subject.deliver(message("1")));
    await clock.advance(5_000);
    expect(result.state).toBe("pending");
    await subject.close();
    await clock.settle();
    expect(result).toMatchObject({ state: "unsettled", error: { reason: "broker.unsettled" } });
  });

  test("that are refused while the consumer closes are not tried again", async () => {
    let refuse = (_: Error): void => undefined;
    const { subject, clock } = bench(
      { retry: { attempts: 1 }, deadLetter: true },
      { handler: fails, publish: () => new Promise((_, reject) => (refuse = reject)) },
    );
    const result = fate(subject.deliver(message("1")));
    await clock.settle();
    const closed = fate(subject.close());
    await clock.settle();
    expect(closed.state).toBe("pending");
    refuse(new Error("full"));
    await clock.settle();
    expect([result.state, closed.state]).toEqual(["unsettled", "settled"]);
  });

  test("come late after a close that has timed out change nothing", async () => {
    for (const end of ["resolve", "reject"] as const) {
      let finish = (): void => undefined;
      const { subject, clock } = bench(
        { retry: { attempts: 1 }, deadLetter: true },
        {
          handler: fails,
          publish: () =>
            new Promise((resolve, reject) => {
              finish = () => (end === "resolve" ? resolve() : reject(new Error("late")));
            }),
        },
      );
      const result = fate(subject.deliver(message("1")));
      await clock.settle();
      void subject.close({ timeoutMs: 10 });
      await clock.advance(10);
      expect(result.state).toBe("unsettled");
      finish();
      await clock.settle();
      expect(subject.stats).toMatchObject({ deadLettered: 0, inHand: 0 });
    }
  });

  test('a failure with retry "never" is not tried again', async () => {
    const { subject, seen, letters } = bench(
      { deadLetter: "graveyard" },
      {
        handler: async () => {
          throw new BadRequest("garbage", { retry: "never" });
        },
      },
    );
    await subject.deliver(message("1"));
    expect(seen.length).toBe(1);
    expect(letters.map(({ topic }) => topic)).toEqual(["graveyard"]);
  });
});

describe("order and concurrency", () => {
  test("the published key orders where there is no orderBy", async () => {
    const { subject, seen, clock } = bench({ concurrency: 4 }, { handler: never });
    for (const [id, key] of [
      ["1", "a"],
      ["2", "a"],
      ["3", "b"],
      ["4", undefined],
    ] as const)
      void subject.deliver(message(id), { key }).catch(() => undefined);
    await clock.settle();
    expect(seen.map((delivery) => delivery.message.headers["micro-id"])).toEqual(["1", "3", "4"]);
    await subject.close({ timeoutMs: 0 }).catch(() => undefined);
  });

  test("a message that waits for its next try takes no slot", async () => {
    const { subject, seen, clock } = bench(
      { retry: { backoffMs: 60_000 } },
      {
        handler: ({ message: { headers } }) =>
          headers["micro-id"] === "1" ? fails() : Promise.resolve(),
      },
    );
    void subject.deliver(message("1")).catch(() => undefined);
    const second = fate(subject.deliver(message("2")));
    await clock.settle();
    expect(second.state).toBe("settled");
    expect(seen.length).toBe(2);
    await subject.close();
  });

  test("free and room tell how many more it would take", async () => {
    const ends: (() => void)[] = [];
    const { subject, clock } = bench(
      {},
      { maxWaiting: 1, handler: () => new Promise((resolve) => ends.push(resolve)) },
    );
    expect(subject.free).toBe(2);
    await subject.room();
    void subject.deliver(message("1"));
    void subject.deliver(message("2"));
    expect(subject.free).toBe(0);
    const room = fate(subject.room());
    await clock.settle();
    expect(room.state).toBe("pending");
    ends[0]?.();
    await clock.settle();
    expect([room.state, subject.free]).toEqual(["settled", 1]);
    ends[1]?.();
    await clock.settle();
    await subject.close();
    expect(subject.free).toBe(0);
    await subject.room();
  });

  test("closing ends the wait for room", async () => {
    const { subject, clock } = bench({}, { maxWaiting: 0, handler: never });
    void subject.deliver(message("1")).catch(() => undefined);
    const room = fate(subject.room());
    const closed = subject.close({ timeoutMs: 5 });
    await clock.advance(5);
    await closed;
    expect(room.state).toBe("settled");
  });
});

describe("closing", () => {
  test("hands back what waits and what is paused, and waits for what is handled", async () => {
    const ends: (() => void)[] = [];
    const { subject, clock, seen } = bench(
      { concurrency: 2, retry: { backoffMs: 60_000 } },
      {
        handler: ({ message: { headers } }) =>
          headers["micro-id"] === "paused" ? fails() : new Promise((resolve) => ends.push(resolve)),
      },
    );
    const paused = fate(subject.deliver(message("paused")));
    const handled = fate(subject.deliver(message("handled")));
    await clock.settle();
    const alsoHandled = fate(subject.deliver(message("also")));
    await clock.settle();
    const waiting = fate(subject.deliver(message("waiting")));
    const closed = fate(subject.close());
    await clock.settle();
    expect([paused, handled, alsoHandled, waiting, closed].map(({ state }) => state)).toEqual([
      "unsettled",
      "pending",
      "pending",
      "unsettled",
      "pending",
    ]);
    expect(paused.error).toMatchObject({ code: 503, data: { id: "paused", attempts: 1 } });
    expect(waiting.error).toMatchObject({ data: { id: "waiting", attempts: 0 } });
    for (const end of ends) end();
    await clock.settle();
    expect([handled.state, alsoHandled.state, closed.state]).toEqual(Array(3).fill("settled"));
    expect(seen.length).toBe(3);
    expect(clock.waiting).toBe(0);
  });

  test("a failure while closing is handed back, not tried again", async () => {
    let fail = (_: Error): void => undefined;
    const { subject, clock, seen } = bench(
      {},
      { handler: () => new Promise((_, reject) => (fail = reject)) },
    );
    const result = fate(subject.deliver(message("1")));
    await clock.settle();
    const closed = subject.close();
    fail(new Error("again"));
    await closed;
    expect([result.state, seen.length]).toEqual(["unsettled", 1]);
  });

  test("a consumer that finishes handles what waits and what is paused", async () => {
    let lucky = false;
    const { subject, clock, seen } = bench(
      { retry: { backoffMs: 60_000 } },
      { closing: "finish", handler: () => (lucky ? Promise.resolve() : fails()) },
    );
    const results = [1, 2, 3].map((number) => fate(subject.deliver(message(String(number)))));
    await clock.settle();
    lucky = true;
    await subject.close();
    expect(results.map(({ state }) => state)).toEqual(["settled", "settled", "settled"]);
    expect(seen.length).toBe(6);
    expect(clock.monotonic()).toBe(0);
  });

  test("a consumer that finishes does not wait between the last tries", async () => {
    const { subject, clock, letters } = bench(
      { retry: { attempts: 5, backoffMs: 60_000 }, deadLetter: true },
      { closing: "finish", handler: fails },
    );
    const result = fate(subject.deliver(message("1")));
    await clock.settle();
    await subject.close();
    expect([result.state, letters.length, subject.stats.failed]).toEqual(["settled", 1, 5]);
  });

  test.each(["hand-back", "finish"] as const)("gives up after its time (%s)", async (closing) => {
    const { subject, clock, seen } = bench({}, { closing, handler: never });
    const results = [fate(subject.deliver(message("1"))), fate(subject.deliver(message("2")))];
    await clock.settle();
    const closed = fate(subject.close({ timeoutMs: 100 }));
    await clock.advance(99);
    expect(closed.state).toBe("pending");
    await clock.advance(1);
    expect([closed, ...results].map(({ state }) => state)).toEqual([
      "settled",
      "unsettled",
      "unsettled",
    ]);
    expect(seen.length).toBe(1);
  });

  test("a handler that ends after the time is up changes nothing", async () => {
    let end = (): void => undefined;
    const { subject, clock } = bench(
      {},
      { handler: () => new Promise((resolve) => (end = resolve)) },
    );
    const result = fate(subject.deliver(message("1")));
    await clock.settle();
    void subject.close({ timeoutMs: 1 });
    await clock.advance(1);
    end();
    await clock.settle();
    expect(result.state).toBe("unsettled");
    expect(subject.stats).toMatchObject({ handled: 0, inHand: 0 });
  });

  test("is idempotent, and nothing is taken afterwards", async () => {
    const { subject } = bench();
    await Promise.all([subject.close(), subject.close()]);
    await expect(subject.deliver(message("1"))).rejects.toMatchObject({
      reason: "broker.unsettled",
    });
  });
});

describe("options", () => {
  test.each([
    [{ concurrency: 0 }, "concurrency must be a whole number, 1 or more, got 0"],
    [{ retry: { attempts: 0 } }, "retry.attempts must be a whole number, 1 or more, got 0"],
    [{ retry: { backoffMs: -1 } }, "retry.backoffMs must be a number above 0, got -1"],
    [{ retry: { maxBackoffMs: NaN } }, "retry.maxBackoffMs must be a number above 0, got null"],
  ])("%j is refused", (options, text) => {
    expect(() => bench(options)).toThrow(text);
  });

  test("a capability that the broker lacks is refused with a reason", () => {
    expect(() => bench({ requires: ["redelivery", "durable"] })).toThrow(
      'the subscription to orders needs "durable", which the bench broker does not have: ' +
        "messages would not wait for a group that is away",
    );
  });
});
