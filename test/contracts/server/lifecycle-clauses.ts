import { deepEqual, equal, ok } from "node:assert/strict";
import type { Event } from "../../../src/index.js";
import { clause } from "../clause.js";
import type { PairHarness } from "../pair/harness.js";
import {
  all,
  ask,
  ended,
  failure,
  failureOf,
  gate,
  recordsOf,
  serve,
  slackMs,
  until,
  watched,
} from "../pair/tools.js";

/** A process that serves one handler which waits for a gate. */
async function busy(harness: PairHarness) {
  const node = await harness.peer();
  const service = harness.service();
  const door = gate();
  const began: AbortSignal[] = [];
  serve(node, service, "Slow.Work", async (_request: unknown, { signal }) => {
    began.push(signal);
    await door.opened;
    return { done: true };
  });
  await node.start();
  const options = { timeoutMs: 600_000, retries: 0 };
  const work = (): Promise<unknown> => ask(harness, service, "Slow.Work", {}, options);
  return { node, service, door, began, work };
}

/** The end of a server. */
export const lifecycleClauses = [
  clause("stop lets the work in hand finish", async (harness: PairHarness) => {
    const { node, service, door, began, work } = await busy(harness);
    const call = work();
    await until(harness, began, 1);
    const stopping = watched(node.server.stop({ timeoutMs: 60_000 }));
    await harness.elapse(slackMs);
    equal(stopping.settled, false, "it did not wait");
    equal(began[0]!.aborted, false, "the work was cut off");
    deepEqual(await recordsOf(harness, service), [], "it is still registered");
    door.open();
    deepEqual(await ended(harness, call), { done: true });
    deepEqual(await ended(harness, stopping.work), { cut: 0 });
  }),

  clause("while it drains new work is refused, safe to retry", async (harness: PairHarness) => {
    const { node, service, door, began, work } = await busy(harness);
    const call = work();
    await until(harness, began, 1);
    const { address } = node.server;
    const stopping = watched(node.server.stop({ timeoutMs: 60_000 }));
    await harness.elapse(slackMs);
    const late = failureOf(ask(harness, service, "Slow.Work", {}, { address, retries: 0 }));
    const error = await ended(harness, late);
    deepEqual([error.code, error.retry, began.length], [503, "safe", 1]);
    door.open();
    await ended(harness, call);
    await ended(harness, stopping.work);
  }),

  clause("work over the time is cut off, told and counted", async (harness: PairHarness) => {
    const { node, began, work } = await busy(harness);
    const calls = all([failureOf(work()), failureOf(work())]);
    await until(harness, began, 2);
    const stopping = node.server.stop({ timeoutMs: 50 });
    deepEqual(await ended(harness, stopping), { cut: 2 });
    for (const error of await ended(harness, calls)) equal(error.code, 503);
    for (const signal of began) ok(signal.aborted, "a handler was not told");
  }),

  clause("events in hand are finished, too", async (harness: PairHarness) => {
    const node = await harness.peer();
    const door = gate();
    const began: unknown[] = [];
    const done: unknown[] = [];
    const { server } = node;
    const topic = `${harness.service()}.happened`;
    server.subscribe(
      server.newSubscriber({
        service: { name: harness.service() },
        topic,
        name: "Test.On",
        handle: async ({ data }: Event<never>) => {
          began.push(data);
          await door.opened;
          done.push(data);
        },
      }),
    );
    await node.start();
    await node.client.publish(node.client.newMessage(topic, { n: 1 }));
    await until(harness, began, 1);
    const stopping = watched(server.stop({ timeoutMs: 60_000 }));
    await harness.elapse(slackMs);
    equal(stopping.settled, false, "it did not wait");
    door.open();
    deepEqual(await ended(harness, stopping.work), { cut: 0 });
    deepEqual(done, [{ n: 1 }]);
  }),

  clause("after a stop nobody answers", async (harness: PairHarness) => {
    const { node, service, door, work } = await busy(harness);
    door.open();
    deepEqual(await work(), { done: true });
    const { address } = node.server;
    await ended(harness, node.server.stop());
    const error = await failure(harness, service, "Slow.Work", {}, { address, retries: 0 });
    deepEqual([error.code, error.retry], [503, "safe"]);
  }),

  clause("stop can be called twice", async (harness: PairHarness) => {
    const { node, began, work } = await busy(harness);
    const call = failureOf(work());
    await until(harness, began, 1);
    const both = all([node.server.stop({ timeoutMs: 50 }), node.server.stop({ timeoutMs: 50 })]);
    deepEqual(await ended(harness, both), [{ cut: 1 }, { cut: 1 }]);
    await ended(harness, call);
    deepEqual(await node.server.stop(), { cut: 1 });
  }),

  clause("a server that never started stops", async (harness: PairHarness) => {
    const { server } = await harness.peer();
    deepEqual(await ended(harness, server.stop()), { cut: 0 });
  }),
];
