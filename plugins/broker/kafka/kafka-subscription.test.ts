import { describe, expect, test } from "@jest/globals";
import type { Delivery, DeliveryHandler, SubscribeOptions } from "../../../src/spi.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import type { IncomingRecord, KafkaMember } from "./driver.js";
import { KafkaSubscription } from "./kafka-subscription.js";
import { recordFormats } from "./record-format.js";

const record = (offset: number, more: Partial<IncomingRecord> = {}): IncomingRecord => ({
  offset,
  key: undefined,
  value: new TextEncoder().encode(`m${offset}`),
  headers: { "micro-id": `id-${offset}` },
  ...more,
});
const textOf = ({ message: { body } }: Delivery): string => new TextDecoder().decode(body);

/** A subscription, and the group that it is a member of. */
async function bench(
  handler: DeliveryHandler,
  options: SubscribeOptions = {},
  { broadcast = false, commit = async (): Promise<void> => undefined } = {},
) {
  const world = virtualWorld();
  const events: string[] = [];
  const letters: { topic: string; reason: string | undefined }[] = [];
  const member: KafkaMember = {
    joined: Promise.resolve(),
    commit: async (offsets) => {
      events.push(`commit ${[...offsets].map((each) => each.join("@")).join(" ")}`);
      await commit();
    },
    pause: () => void events.push("pause"),
    leave: async () => void events.push("leave"),
  };
  const subscription = new KafkaSubscription({
    topic: "t",
    group: "g",
    broadcast,
    handler,
    options,
    commitMs: 100,
    format: recordFormats.native,
    driver: { join: () => member },
    environment: world.environment(),
    broker: {
      name: "kafka",
      capabilities: { durable: true, redelivery: true, orderAcrossMembers: true, delay: false },
      publish: async (topic, { headers }) =>
        void letters.push({ topic, reason: headers["dead-letter-reason"] }),
    },
    leaving: () => undefined,
  });
  await subscription.start();
  subscription.assigned([0, 1]);
  return { ...world, subscription, events, letters };
}

/** A handler whose deliveries the test ends. */
function held() {
  const ends = new Map<string, () => void>();
  const begun: string[] = [];
  const handler = (delivery: Delivery): Promise<void> => {
    begun.push(textOf(delivery));
    return new Promise((resolve) => ends.set(textOf(delivery), resolve));
  };
  return { handler, begun, end: (text: string) => ends.get(text)?.() };
}

describe("a subscription", () => {
  test("commits what is settled, after a while and all at once", async () => {
    const { clock, subscription, events } = await bench(async () => undefined);
    for (const offset of [0, 1, 2]) subscription.receive(0, record(offset));
    subscription.receive(1, record(7));
    await clock.settle();
    expect(events).toEqual([]);
    await clock.advance(100);
    expect(events).toEqual(["commit 0@3 1@8"]);
    await clock.advance(1_000);
    expect(events).toHaveLength(1);
  });

  test("commits nothing beyond a record that is in hand", async () => {
    const { handler, end } = held();
    const { clock, subscription, events } = await bench(handler, { concurrency: 3 });
    for (const offset of [0, 1, 2]) subscription.receive(0, record(offset));
    await clock.settle();
    end("m0");
    end("m2");
    await clock.advance(100);
    end("m1");
    await clock.advance(100);
    expect(events).toEqual(["commit 0@1", "commit 0@3"]);
  });

  test("commits again when the group did not take it", async () => {
    let failures = 1;
    const commit = async (): Promise<void> => {
      failures -= 1;
      if (failures >= 0) throw new Error("not now");
    };
    const { clock, subscription, events } = await bench(async () => undefined, {}, { commit });
    subscription.receive(0, record(0));
    await clock.advance(300);
    expect(events).toEqual(["commit 0@1", "commit 0@1"]);
  });

  test("commits at once when the group is about to share out", async () => {
    const { clock, subscription, events } = await bench(async () => undefined);
    subscription.receive(0, record(0));
    await clock.settle();
    subscription.rebalancing();
    await clock.settle();
    expect(events).toEqual(["commit 0@1"]);
  });

  test("does not begin what waits when its partition has gone to another member", async () => {
    const { handler, begun, end } = held();
    const { clock, subscription, events } = await bench(handler);
    for (const offset of [0, 1]) subscription.receive(0, record(offset));
    subscription.receive(1, record(5));
    await clock.settle();
    subscription.assigned([1]);
    subscription.receive(1, record(5)); // read again from the committed offset
    end("m0");
    await clock.settle();
    expect(begun).toEqual(["m0", "m5"]);
    end("m5");
    await clock.advance(100);
    expect(events).toEqual(["commit 1@6"]); // nothing of a partition that is not its own
  });

  test("begins nothing that waited for a partition that was lost, and keeps the order", async () => {
    const { handler, begun, end } = held();
    const { clock, subscription } = await bench(handler, { orderBy: () => "one key" });
    for (const offset of [0, 1, 2]) subscription.receive(0, record(offset));
    await clock.settle();
    subscription.assigned([1]);
    subscription.assigned([0, 1]); // before 0 has ended
    for (const offset of [0, 1, 2]) subscription.receive(0, record(offset));
    for (const text of ["m0", "m1", "m2"]) {
      end(text);
      await clock.settle();
    }
    expect(begun).toEqual(["m0", "m1", "m2"]);
  });

  test("leaves the next try to the partition's next owner", async () => {
    let tries = 0;
    const { clock, subscription, events } = await bench(async () => {
      tries += 1;
      subscription.assigned([]);
      throw new Error("no luck");
    });
    subscription.receive(0, record(0));
    await clock.advance(10_000);
    expect([tries, events]).toEqual([1, []]);
  });

  test("is not given again what it has in hand when it keeps a partition", async () => {
    const { handler, begun, end } = held();
    const { clock, subscription, events } = await bench(handler);
    for (const offset of [0, 1]) subscription.receive(0, record(offset));
    await clock.settle();
    subscription.assigned([0, 1]);
    for (const offset of [0, 1, 2]) subscription.receive(0, record(offset));
    for (const text of ["m0", "m1", "m2"]) {
      await clock.settle();
      end(text);
    }
    await clock.advance(100);
    expect(begun).toEqual(["m0", "m1", "m2"]);
    expect(events.at(-1)).toBe("commit 0@3");
  });

  test("takes what it dropped when the partition comes back", async () => {
    const { handler, begun, end } = held();
    const { clock, subscription } = await bench(handler);
    for (const offset of [0, 1]) subscription.receive(0, record(offset));
    await clock.settle();
    subscription.assigned([]);
    end("m0");
    await clock.settle();
    subscription.assigned([0]);
    for (const offset of [0, 1]) subscription.receive(0, record(offset));
    await clock.settle();
    expect(begun).toEqual(["m0", "m1"]);
  });

  test("has no room while it is busy, nor for a partition that is far ahead of its slowest", async () => {
    const { handler } = held();
    const { clock, subscription } = await bench(
      (delivery) => (textOf(delivery) === "m0" ? handler(delivery) : Promise.resolve()),
      { orderBy: ({ headers }) => headers["micro-id"], concurrency: 2 },
    );
    for (let offset = 0; offset < 10_001; offset += 1) {
      if (!subscription.hasRoom(0)) await subscription.room();
      subscription.receive(0, record(offset));
    }
    await clock.settle();
    expect([subscription.hasRoom(0), subscription.hasRoom(1)]).toEqual([false, true]);
  });

  test("hands what is no message to the dead letters", async () => {
    const { clock, subscription, events, letters } = await bench(async () => undefined, {
      deadLetter: true,
    });
    subscription.receive(1, record(3, { value: undefined, headers: {} }));
    await clock.advance(100);
    expect(letters).toEqual([
      {
        topic: "t.dead-letter",
        reason: "broker.malformed: the record t/1/3 is no message: it has no value",
      },
    ]);
    expect(events).toEqual(["commit 1@4"]);
  });

  test("closes in order: nothing new, then what is in hand, the last commit, the leaving", async () => {
    const { handler, end } = held();
    const { clock, subscription, events } = await bench(handler);
    subscription.receive(0, record(0));
    await clock.settle();
    const closed = subscription.close();
    await clock.settle();
    expect(events).toEqual(["pause"]);
    end("m0");
    await clock.settle();
    await closed;
    await subscription.close();
    expect(events).toEqual(["pause", "commit 0@1", "leave"]);
  });

  test("names what a broadcast had not handled when it closed", async () => {
    const { handler } = held();
    const { clock, subscription, logs } = await bench(handler, {}, { broadcast: true });
    for (const offset of [0, 1]) subscription.receive(0, record(offset));
    await clock.settle();
    const closed = subscription.close({ timeoutMs: 50 });
    await clock.advance(50);
    await closed;
    const dropped = logs.filter(({ message }) => message.includes("dropped"));
    expect(dropped.map(({ level, fields }) => [level, fields?.["id"]]).sort()).toEqual([
      ["warn", "id-0"],
      ["warn", "id-1"],
    ]);
  });

  test("closes although the last commit gets no answer", async () => {
    const commit = () => new Promise<void>(() => undefined);
    const { clock, subscription, events } = await bench(async () => undefined, {}, { commit });
    subscription.receive(0, record(0));
    await clock.settle();
    const closed = subscription.close();
    await clock.advance(5_000);
    await closed;
    expect(events.at(-1)).toBe("leave");
  });
});
