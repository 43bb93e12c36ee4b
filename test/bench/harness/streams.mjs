/** Loads other than unary calls: streams of replies, streams both ways, events. */
import { performance } from "node:perf_hooks";
import { check, nameOf, sampleMask } from "./load.mjs";

/** Milliseconds that one stream should last. */
const streamMs = 200;

/** Messages one way: a server stream after the other, each as long as fits the time. */
export function stream(load, client, { size, outstanding }) {
  return Array.from({ length: outstanding }, (_, lane) => async () => {
    const name = nameOf(size, lane);
    const expected = `Hello ${name}`;
    let got = 0;
    const take = ({ greeting }) => {
      check(greeting, expected, got++);
      load.count++;
    };
    for (let count = 1_000; load.running;) {
      got = 0;
      const began = performance.now();
      const answer = client.stream({ name, count }, take);
      if (answer[Symbol.asyncIterator]) for await (const reply of answer) take(reply);
      else await answer;
      if (got !== count) throw new Error(`${got} messages of ${count} arrived`);
      const took = performance.now() - began;
      if (took < streamMs / 2) count *= 2;
      else if (took > streamMs * 2) count = Math.max(100, count >> 1);
    }
  });
}

/** Round trips on streams both ways: each of `outstanding` streams sends when it has been answered. */
export function chat(load, client, { size, outstanding }) {
  const mask = sampleMask(outstanding);
  return Array.from({ length: outstanding }, (_, lane) => async () => {
    const name = nameOf(size, lane);
    const expected = `Hello ${name}`;
    const open = client.openChat ? client.openChat() : exchangeOver(client);
    for (let turn = lane; load.running; turn++) {
      const timed = (turn & mask) === 0;
      const began = timed ? performance.now() : 0;
      const { greeting } = await open.exchange({ name });
      if (timed) load.sample(performance.now() - began);
      check(greeting, expected, turn);
      load.count++;
    }
    await open.close();
  });
}

/** A stream both ways that is iterated, as an exchange of one message for another. */
export function exchangeOver(client) {
  let wake = () => {};
  let next;
  let ended = false;
  async function* requests() {
    for (;;) {
      while (next === undefined && !ended) await new Promise((resolve) => (wake = resolve));
      if (ended) return;
      const request = next;
      next = undefined;
      yield request;
    }
  }
  const replies = client.chat(requests())[Symbol.asyncIterator]();
  return {
    async exchange(request) {
      next = request;
      wake();
      const { value, done } = await replies.next();
      if (done) throw new Error("the stream ended too early");
      return value;
    },
    async close() {
      ended = true;
      wake();
      while (!(await replies.next()).done);
    },
  };
}

/** Events that a lane without confirmations sends before it waits for a call's reply. */
const burst = 128;

/**
 * Events: where a publish is confirmed, each of `outstanding` lanes waits for that; else four lanes
 * send bursts and wait for the reply of a call on the same connection. Counted is what is published;
 * what arrives is counted by the subscriber.
 */
export function event(load, client, { size, outstanding }) {
  if (client.confirms)
    return Array.from({ length: outstanding }, (_, lane) => async () => {
      for (const event = { name: nameOf(size, lane) }; load.running; load.count++) {
        const began = performance.now();
        await client.publish(event);
        load.sample(performance.now() - began);
      }
    });
  return Array.from({ length: 4 }, (_, lane) => async () => {
    const event = { name: nameOf(size, lane) };
    while (load.running) {
      for (let sent = 0; sent < burst; sent++, load.count++) client.publish(event);
      await client.call(event);
    }
  });
}
