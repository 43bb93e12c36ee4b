import { describe, expect, test } from "@jest/globals";
import type { Broker } from "../../../src/spi.js";
import { brokerContract } from "../../../test/contracts/broker-contract.js";
import { virtualBrokerHarness } from "../../../test/support/broker-harness.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { fromSettings, memoryBroker, memoryBrokerHub, type MemoryBrokerOptions } from "./index.js";

describeContract(brokerContract, () =>
  virtualBrokerHarness((world) => {
    const plugin = memoryBroker();
    return () => plugin.create(world.environment());
  }),
);

const never = (): Promise<void> => new Promise(() => undefined);
const message = (id: string) => ({
  headers: { "micro-id": id },
  body: new TextEncoder().encode(id),
});

/** Connected brokers on one hub, and the world around them. */
async function bench(count = 1, options: MemoryBrokerOptions = {}) {
  const world = virtualWorld();
  const plugin = memoryBroker({ hub: memoryBrokerHub(), ...options });
  const brokers: Broker[] = [];
  for (let made = 0; made < count; made += 1) {
    const broker = await plugin.create(world.environment());
    await broker.connect();
    brokers.push(broker);
  }
  const dropped = () =>
    world.logs
      .filter((line) => line.message.includes("dropped"))
      .map(({ fields }) => fields?.["id"]);
  return { ...world, brokers, broker: brokers[0]!, dropped };
}

describe("the memory broker", () => {
  test("is full when a queue is, and says so before any queue has taken the message", async () => {
    const { broker, clock } = await bench(1, { maxQueued: 20 });
    const taken: string[] = [];
    await broker.subscribe("t", never, { group: "stuck" });
    await broker.subscribe("t", async (each) => void taken.push(each.message.headers["micro-id"]!));
    for (let count = 0; count < 20; count += 1) await broker.publish("t", message(String(count)));
    await expect(broker.publish("t", message("over"))).rejects.toMatchObject({
      code: 429,
      reason: "broker.full",
      retry: "safe",
    });
    await clock.settle();
    expect(taken).not.toContain("over");
    const gone = broker.disconnect();
    await clock.advance(10_000);
    await gone;
  });

  test("copies what it carries", async () => {
    const { broker, clock } = await bench();
    const bodies: Uint8Array[] = [];
    const keep = async ({ message: { body } }: { message: { body: Uint8Array } }) =>
      void bodies.push(body);
    await broker.subscribe("t", keep);
    await broker.subscribe("t", keep);
    const sent = message("abc");
    await broker.publish("t", sent);
    sent.body.fill(0);
    sent.headers["micro-id"] = "changed";
    await clock.settle();
    bodies[0]!.fill(1);
    expect(new TextDecoder().decode(bodies[1])).toBe("abc");
    await broker.disconnect();
  });

  test("keeps what a group's last member left for the next one, in order", async () => {
    const { broker, clock } = await bench(2);
    const first = await broker.subscribe("t", never, { group: "g" });
    for (let count = 0; count < 30; count += 1) await broker.publish("t", message(`${count}`));
    const closed = first.close({ timeoutMs: 50 });
    await clock.advance(50);
    await closed;
    await broker.publish("t", message("while away"));
    const seen: { id: string | undefined; attempt: number }[] = [];
    await broker.subscribe(
      "t",
      async (each) =>
        void seen.push({ id: each.message.headers["micro-id"], attempt: each.attempt }),
      { group: "g" },
    );
    await clock.settle();
    expect(seen.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, index) => `${index}`));
    expect(seen.map(({ attempt }) => attempt)).toEqual([2, ...Array<number>(29).fill(1)]);
    await broker.disconnect();
  });

  test("keeps order per key when a member hands its messages over", async () => {
    const { brokers, clock } = await bench(2);
    const [one, two] = brokers as [Broker, Broker];
    let finish = (): void => undefined;
    const done: string[] = [];
    const leaving = await one.subscribe(
      "t",
      async (each) => {
        await new Promise<void>((resolve) => (finish = resolve));
        done.push(each.message.headers["micro-id"]!);
      },
      { group: "g" },
    );
    for (const id of ["0", "1", "2", "3"]) await one.publish("t", message(id), { key: "k" });
    await clock.settle();
    await two.subscribe("t", async (each) => void done.push(each.message.headers["micro-id"]!), {
      group: "g",
    });
    const closed = leaving.close();
    await clock.settle();
    expect(done).toEqual([]); // 1 to 3 were handed back, and wait for 0
    finish();
    await closed;
    await clock.settle();
    expect(done).toEqual(["0", "1", "2", "3"]);
    await Promise.all([one.disconnect(), two.disconnect()]);
  });

  test("shares a group's messages evenly", async () => {
    const { broker, clock } = await bench();
    const counts = [0, 0, 0];
    for (const index of counts.keys())
      await broker.subscribe("t", async () => void (counts[index]! += 1), { group: "g" });
    for (let count = 0; count < 30; count += 1) await broker.publish("t", message(String(count)));
    await clock.settle();
    expect(counts).toEqual([10, 10, 10]);
    await broker.disconnect();
  });

  test("logs what is dropped, with its id", async () => {
    const { broker, clock, dropped } = await bench();
    await broker.publish("nobody", message("unheard"));
    const subscription = await broker.subscribe("t", never);
    for (let count = 0; count < 20; count += 1) await broker.publish("t", message(`${count}`));
    const closed = subscription.close({ timeoutMs: 1 });
    await clock.advance(1);
    await closed;
    expect(new Set(dropped())).toEqual(
      new Set(["unheard", ...Array.from({ length: 20 }, (_, i) => `${i}`)]),
    );
    await broker.disconnect();
  });

  test("drops delayed messages when the last broker goes", async () => {
    const { brokers, clock, dropped } = await bench(2);
    const [one, two] = brokers as [Broker, Broker];
    await one.publish("t", message("later"), { delayMs: 1_000 });
    await one.disconnect();
    expect([dropped(), clock.waiting]).toEqual([[], 1]);
    await two.disconnect();
    expect([dropped(), clock.waiting]).toEqual([["later"], 0]);
  });

  test("bounds delayed messages as well", async () => {
    const { broker } = await bench(1, { maxQueued: 1 });
    await broker.publish("t", message("1"), { delayMs: 5 });
    await expect(broker.publish("t", message("2"), { delayMs: 5 })).rejects.toMatchObject({
      code: 429,
    });
    await broker.disconnect();
  });

  test("puts away a message whose key cannot be told", async () => {
    const { broker, clock } = await bench();
    const letters: unknown[] = [];
    await broker.subscribe("t.dead-letter", async (each) => void letters.push(each));
    await broker.subscribe("t", never, {
      deadLetter: true,
      orderBy: () => {
        throw new Error("no key");
      },
    });
    await broker.publish("t", message("1"));
    await clock.settle();
    expect(letters.length).toBe(1);
    await broker.disconnect();
  });

  test("lets handlers publish while it disconnects, and can be connected again", async () => {
    const { broker, clock } = await bench();
    let finish = (): void => undefined;
    const follow: string[] = [];
    await broker.subscribe("t", async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      await broker.publish("next", message("follow-up"));
      follow.push("published");
    });
    await broker.publish("t", message("1"));
    await clock.settle();
    const gone = broker.disconnect();
    await expect(broker.subscribe("u", never)).rejects.toMatchObject({
      reason: "broker.not-connected",
    });
    finish();
    await gone;
    expect(follow).toEqual(["published"]);
    await broker.connect();
    await broker.publish("t", message("2"));
    await broker.disconnect();
  });

  test("two brokers without a common hub never meet", async () => {
    const world = virtualWorld();
    const one = await memoryBroker().create(world.environment());
    const two = await fromSettings({ addresses: [] }).create(world.environment());
    await Promise.all([one.connect(), two.connect()]);
    const seen: unknown[] = [];
    await one.subscribe("t", async (each) => void seen.push(each));
    await two.publish("t", message("1"));
    await world.clock.settle();
    expect(seen).toEqual([]);
    await Promise.all([one.disconnect(), two.disconnect()]);
  });

  test.each([0, -1, 1.5])("maxQueued %p is refused", (maxQueued) => {
    expect(() => memoryBroker({ maxQueued })).toThrow("memoryBroker.maxQueued");
  });

  test("an empty topic or group is refused", async () => {
    const { broker } = await bench();
    await expect(broker.publish("", message("1"))).rejects.toThrow("topic");
    await expect(broker.subscribe("", never)).rejects.toThrow("topic");
    await expect(broker.subscribe("t", never, { group: "" })).rejects.toThrow("group");
    await broker.disconnect();
  });
});
