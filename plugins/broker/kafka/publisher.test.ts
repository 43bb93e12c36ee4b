import { describe, expect, test } from "@jest/globals";
import { Unavailable } from "../../../src/spi.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import type { OutgoingRecord } from "./driver.js";
import { failureOf } from "./failures.js";
import { Publisher, type PublisherSettings } from "./publisher.js";
import { recordFormats } from "./record-format.js";

const message = (text: string) => ({ headers: {}, body: new TextEncoder().encode(text) });
const textOf = ({ value }: OutgoingRecord): string => new TextDecoder().decode(value);
const gone = (): Error => new Unavailable("no answer", { reason: "broker.unreachable" });
const protocolError = (type: string): Error => Object.assign(new Error(type), { type });

/** A publisher, and a Kafka that answers each request as `answer` says. */
function bench(
  answer: (texts: string[], topic: string) => Promise<void> = async () => undefined,
  options: Partial<PublisherSettings> = {},
) {
  const world = virtualWorld();
  const requests: string[][] = [];
  const publisher = new Publisher({
    timeoutMs: 1_000,
    maxQueued: 1_000,
    maxMessageBytes: 1_000_000,
    format: recordFormats.native,
    environment: world.environment(),
    driver: {
      ensureTopic: async () => undefined,
      send: async (topic, records) => {
        requests.push(records.map(textOf));
        await answer(records.map(textOf), topic);
      },
    },
    ...options,
  });
  const publish = (text: string, how = {}, topic = "t") =>
    publisher.publish(topic, message(text), how);
  return { ...world, publisher, requests, publish };
}

/** An answer that comes when the test says so. */
function held() {
  const waiting: (() => void)[] = [];
  return {
    answer: () => new Promise<void>((resolve) => waiting.push(resolve)),
    release: () => waiting.shift()?.(),
  };
}

describe("the publisher", () => {
  test("sends together what is published side by side, one request of a topic at a time", async () => {
    const { answer, release } = held();
    const { clock, requests, publish } = bench(answer);
    const first = ["a", "b", "c"].map((text) => publish(text));
    await clock.settle();
    const second = ["d", "e"].map((text) => publish(text));
    await clock.settle();
    expect(requests).toEqual([["a", "b", "c"]]);
    release();
    await Promise.all(first);
    await clock.settle();
    expect(requests).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    release();
    await Promise.all(second);
  });

  test("keeps a request within the bytes of one message, and a thousand messages", async () => {
    const { requests, publish } = bench(undefined, { maxMessageBytes: 1_000, maxQueued: 3_000 });
    await Promise.all(Array.from({ length: 4 }, () => publish("x".repeat(400))));
    expect(requests.map((texts) => texts.length)).toEqual([2, 2]);
    requests.length = 0;
    await Promise.all(Array.from({ length: 12 }, () => publish("")));
    expect(requests.map((texts) => texts.length)).toEqual([12]);
    const many = bench(undefined, { maxQueued: 3_000 });
    await Promise.all(Array.from({ length: 2_500 }, () => many.publish("")));
    expect(many.requests.map((texts) => texts.length)).toEqual([1_000, 1_000, 500]);
  });

  test("tries again, in the same order, and what comes later waits", async () => {
    let failures = 2;
    const { clock, requests, publish } = bench(async () => {
      failures -= 1;
      if (failures >= 0) throw gone();
    });
    const first = publish("a", { key: "k" });
    await clock.settle();
    const second = publish("b", { key: "k" });
    await clock.advance(500);
    await Promise.all([first, second]);
    expect(requests).toEqual([["a"], ["a"], ["a"], ["b"]]);
  });

  test("gives up in time, with the last reason", async () => {
    const { clock, publish } = bench(() => Promise.reject(gone()));
    const outcome = expect(publish("a")).rejects.toMatchObject({
      code: 503,
      reason: "broker.unreachable",
      message: "Kafka did not take a message for t in 1000 ms: no answer",
    });
    await clock.advance(1_000);
    await outcome;
  });

  test("a topic that hangs holds up no other", async () => {
    const { clock, publish } = bench((_, topic) =>
      topic === "stuck" ? new Promise(() => undefined) : Promise.resolve(),
    );
    const stuck = expect(publish("a", {}, "stuck")).rejects.toMatchObject({ code: 503 });
    await publish("b");
    await clock.advance(1_000);
    await stuck;
  });

  test("a message that Kafka refuses does not take its neighbours with it", async () => {
    const { publish } = bench(async (texts) => {
      if (texts.includes("big")) throw failureOf("no", protocolError("MESSAGE_TOO_LARGE"));
    });
    const outcomes = await Promise.allSettled(
      ["a", "b", "big", "c", "d"].map((text) => publish(text)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect(outcomes[2]).toMatchObject({ reason: { code: 413, reason: "broker.too-large" } });
  });

  test("what another try cannot change is not tried again", async () => {
    const { requests, publish } = bench(() =>
      Promise.reject(failureOf("no", protocolError("TOPIC_AUTHORIZATION_FAILED"))),
    );
    await expect(publish("a")).rejects.toMatchObject({ code: 403, reason: "broker.forbidden" });
    expect(requests).toHaveLength(1);
  });

  test("refuses what is too large or too much, and takes more when there is room", async () => {
    const { answer, release } = held();
    const { clock, publish } = bench(answer, { maxQueued: 2, maxMessageBytes: 100 });
    await expect(async () => publish("x".repeat(100))).rejects.toMatchObject({
      code: 413,
      reason: "broker.too-large",
    });
    const both = [publish("a"), publish("b")];
    await expect(async () => publish("c")).rejects.toMatchObject({
      code: 429,
      reason: "broker.full",
      retry: "safe",
    });
    await clock.settle();
    release();
    await Promise.all(both);
    const later = publish("d");
    await clock.settle();
    release();
    await later;
  });

  test("bounds the bytes that wait, too", async () => {
    const { publish } = bench(() => new Promise(() => undefined), { maxMessageBytes: 2 ** 27 });
    void publish("x".repeat(60_000_000)).catch(() => undefined);
    await expect(async () => publish("x".repeat(10_000_000))).rejects.toMatchObject({
      reason: "broker.full",
    });
  });

  test("a cancelled message that still waits is not sent", async () => {
    const { answer, release } = held();
    const { clock, requests, publish } = bench(answer);
    const first = publish("a");
    await clock.settle();
    const abort = new AbortController();
    const second = publish("b", { signal: abort.signal });
    abort.abort(new Error("changed my mind"));
    await expect(second).rejects.toMatchObject({
      code: 499,
      cause: abort.signal.reason as unknown,
    });
    release();
    await first;
    await clock.settle();
    expect(requests).toEqual([["a"]]);
  });

  test("closing waits for what is on its way, and refuses the rest when time is up", async () => {
    const { answer, release } = held();
    const { clock, publisher, publish } = bench(answer);
    const first = publish("a");
    await clock.settle();
    const closed = publisher.close(300);
    release();
    await first;
    await closed;
    const second = expect(publish("b")).rejects.toMatchObject({ reason: "broker.not-connected" });
    const closedAgain = publisher.close(300);
    await clock.advance(300);
    await Promise.all([closedAgain, second]);
  });
});
