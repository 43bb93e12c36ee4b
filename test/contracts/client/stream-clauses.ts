import { deepEqual, equal, ok } from "node:assert/strict";
import type { CallOptions, ClientStream } from "../../../src/index.js";
import { NotFound } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness, PairNode } from "../pair/harness.js";
import {
  collect,
  ended,
  failureOf,
  gate,
  serve,
  slackMs,
  stream,
  until,
  watched,
} from "../pair/tools.js";

const open = (
  { client }: PairNode,
  service: string,
  endpoint: string,
  body: unknown,
  options?: CallOptions,
): ClientStream<unknown> =>
  client.stream(client.newRequest(service, { endpoint, replyStream: true }, body), options);

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A stream without end, and whether its generator is running. */
function endless(harness: PairHarness) {
  const service = harness.service();
  const stopped: string[] = [];
  const never = gate();
  serve(
    harness,
    service,
    "Ticker.Tick",
    async function* (_request: unknown, { signal }) {
      signal.addEventListener("abort", () => stopped.push("signal"));
      try {
        for (let tick = 0; ; tick += 1) {
          if (tick === 3) await Promise.race([never.opened, aborted(signal)]);
          yield { tick };
        }
      } finally {
        stopped.push("generator");
      }
    },
    { replyStream: true },
  );
  return { service, stopped };
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });

const sees = (harness: PairHarness, stopped: readonly string[]): Promise<void> =>
  harness.eventually(() => ok(stopped.includes("generator"), "the generator still runs"));

/** The three shapes with streams. */
export const streamClauses = [
  clause("a server stream arrives whole and in order", async (harness: PairHarness) => {
    const service = harness.service();
    serve(
      harness,
      service,
      "Counter.Count",
      ({ to }: { to: number }) => stream(...numbers(to).map((n) => ({ n }))),
      { replyStream: true },
    );
    await harness.start();
    for (const to of [0, 1, 100]) {
      const items = await collect(open(harness, service, "Counter.Count", { to }));
      deepEqual(
        items,
        numbers(to).map((n) => ({ n })),
      );
    }
  }),

  clause("an error ends a stream after what came before it", async (harness: PairHarness) => {
    const service = harness.service();
    serve(
      harness,
      service,
      "Counter.Fail",
      async function* () {
        yield { n: 1 };
        await Promise.resolve();
        throw new NotFound("no second one", { reason: "counter.end" });
      },
      { replyStream: true },
    );
    await harness.start();
    const items: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const item of open(harness, service, "Counter.Fail", {})) items.push(item);
    };
    const error = await failureOf(read());
    deepEqual([error.code, error.reason], [404, "counter.end"]);
    deepEqual(items, [{ n: 1 }]);
  }),

  clause("a stream is sent when its reading begins", async (harness: PairHarness) => {
    const service = harness.service();
    const seen: unknown[] = [];
    serve(
      harness,
      service,
      "Counter.Count",
      (request: unknown) => {
        seen.push(request);
        return stream({ n: 1 });
      },
      { replyStream: true },
    );
    await harness.start();
    const replies = open(harness, service, "Counter.Count", {});
    await harness.elapse(slackMs);
    deepEqual(seen, []);
    deepEqual(await collect(replies), [{ n: 1 }]);
  }),

  clause("leaving the loop ends the handler's generator", async (harness: PairHarness) => {
    const { service, stopped } = endless(harness);
    await harness.start();
    for await (const item of open(harness, service, "Ticker.Tick", {})) {
      deepEqual(item, { tick: 0 });
      break;
    }
    await sees(harness, stopped);
  }),

  clause("close ends the reading and the handler's generator", async (harness: PairHarness) => {
    const { service, stopped } = endless(harness);
    await harness.start();
    const replies = open(harness, service, "Ticker.Tick", {});
    const read: unknown[] = [];
    const reading = (async () => {
      for await (const item of replies) read.push(item);
    })().catch((error: unknown) => error);
    await until(harness, read, 3);
    await replies.close();
    await sees(harness, stopped);
    await ended(harness, reading);
  }),

  clause("a stream has no limit unless it is given one", async (harness: PairHarness) => {
    const { service, stopped } = endless(harness);
    await harness.start();
    const options = { timeoutMs: 100 };
    const read: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const item of open(harness, service, "Ticker.Tick", {}, options)) read.push(item);
    };
    const limited = watched(failureOf(reading()));
    await until(harness, read, 3);
    await harness.elapse(100 + slackMs);
    ok(limited.settled, "the stream goes on after its deadline");
    equal((await limited.work).code, 408);
    await sees(harness, stopped);

    const iterator = open(harness, service, "Ticker.Tick", {})[Symbol.asyncIterator]();
    for (const tick of numbers(3)) deepEqual((await iterator.next()).value, { tick });
    const waiting = watched(iterator.next().catch(() => undefined));
    await harness.elapse(6_000);
    equal(waiting.settled, false, "the stream ended by itself");
  }),

  clause("an aborted signal cancels a stream, up to the handler", async (harness: PairHarness) => {
    const { service, stopped } = endless(harness);
    await harness.start();
    const caller = new AbortController();
    const { signal } = caller;
    const read: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const item of open(harness, service, "Ticker.Tick", {}, { signal }))
        read.push(item);
    };
    const failed = failureOf(reading());
    await until(harness, read, 3);
    caller.abort();
    equal((await ended(harness, failed)).code, 499);
    await sees(harness, stopped);
  }),

  clause("a client stream is read in order and answered once", async (harness: PairHarness) => {
    const service = harness.service();
    serve(
      harness,
      service,
      "Sum.Add",
      async (requests: AsyncIterable<{ n: number }>) => {
        const got: number[] = [];
        for await (const { n } of requests) got.push(n);
        return { got };
      },
      { requestStream: true },
    );
    await harness.start();
    for (const count of [0, 1, 50]) {
      const shape = { endpoint: "Sum.Add", requestStream: true };
      const body = stream(...numbers(count).map((n) => ({ n })));
      const reply = await harness.client.call(harness.client.newRequest(service, shape, body));
      deepEqual(reply, { got: numbers(count) });
    }
  }),

  clause("requests and replies of a bidi stream take turns", async (harness: PairHarness) => {
    const service = harness.service();
    serve(
      harness,
      service,
      "Talk.Echo",
      async function* (requests: AsyncIterable<{ word: string }>) {
        for await (const { word } of requests) yield { echo: word };
      },
      { requestStream: true, replyStream: true },
    );
    await harness.start();
    const answers: unknown[] = [];
    async function* words(): AsyncGenerator<{ word: string }> {
      for (const [turn, word] of ["one", "two", "three"].entries()) {
        await harness.eventually(() => equal(answers.length, turn, "an answer is missing"));
        yield { word };
      }
    }
    const reading = (async () => {
      for await (const answer of open(harness, service, "Talk.Echo", words())) answers.push(answer);
    })();
    await ended(harness, reading);
    deepEqual(answers, [{ echo: "one" }, { echo: "two" }, { echo: "three" }]);
  }),

  clause("the end of the requests leaves the replies open", async (harness: PairHarness) => {
    const service = harness.service();
    serve(
      harness,
      service,
      "Talk.Summary",
      async function* (requests: AsyncIterable<{ word: string }>) {
        const words: string[] = [];
        for await (const { word } of requests) words.push(word);
        for (const word of words) yield { word };
        yield { words: words.length };
      },
      { requestStream: true, replyStream: true },
    );
    await harness.start();
    const words = stream({ word: "a" }, { word: "b" });
    const reading = collect(open(harness, service, "Talk.Summary", words));
    deepEqual(await ended(harness, reading), [{ word: "a" }, { word: "b" }, { words: 2 }]);
  }),

  clause("a caller that cannot go on ends its stream of requests", async (harness: PairHarness) => {
    const service = harness.service();
    const began: unknown[] = [];
    const stopped: unknown[] = [];
    serve(
      harness,
      service,
      "Sum.Add",
      async (requests: AsyncIterable<unknown>, { signal }) => {
        began.push(signal);
        signal.addEventListener("abort", () => stopped.push(signal.reason));
        const got = await collect(requests);
        return { got };
      },
      { requestStream: true },
    );
    await harness.start();
    async function* broken(): AsyncGenerator {
      yield { n: 1 };
      await until(harness, began, 1);
      throw new NotFound("the file is gone", { reason: "test.gone" });
    }
    const shape = { endpoint: "Sum.Add", requestStream: true };
    const { client } = harness;
    const call = failureOf(client.call(client.newRequest(service, shape, broken())));
    equal((await ended(harness, call)).reason, "test.gone");
    await until(harness, stopped, 1);
  }),
];
