import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import type { Context } from "../../../src/index.js";
import { clause } from "../clause.js";
import type { PairHarness } from "../pair/harness.js";
import { ask, askAgain, ended, serve, until } from "../pair/tools.js";

/** One run of a handler: where, and for whom. */
interface Run {
  readonly node: number;
  readonly context: Context;
}

/** Three processes that serve `Job.Run`; only the second run, whoever has it, answers. */
async function slowAtFirst(harness: PairHarness): Promise<{ service: string; runs: Run[] }> {
  const service = harness.service();
  const runs: Run[] = [];
  for (let node = 0; node < 3; node += 1) {
    const peer = await harness.peer();
    serve(peer, service, "Job.Run", (_request, context) => {
      runs.push({ node, context });
      const run = runs.length;
      return run === 2 ? Promise.resolve({ run }) : new Promise(() => undefined);
    });
    await peer.start();
  }
  return { service, runs };
}

const options = { hedge: { delayMs: 20 }, timeoutMs: 60_000 };

/** When a call is made on another node although the first has not failed. */
export const hedgeClauses = [
  clause(
    "a hedged call that waits is made on another node too, and the first answer counts",
    async (harness: PairHarness) => {
      const { service, runs } = await slowAtFirst(harness);
      const call = askAgain(harness, service, "Job.Run", {}, options);
      deepEqual(await ended(harness, call), { run: 2 });
      deepEqual(
        runs.map(({ context }) => context.attempt),
        [1, 2],
      );
      notEqual(runs[0]!.node, runs[1]!.node, "the same node again");
    },
  ),

  clause("the attempt of a hedged call that lost is cancelled", async (harness: PairHarness) => {
    const { service, runs } = await slowAtFirst(harness);
    const call = askAgain(harness, service, "Job.Run", {}, options);
    deepEqual(await ended(harness, call), { run: 2 });
    const { signal } = runs[0]!.context;
    await harness.eventually(() => ok(signal.aborted, "the first attempt goes on"));
  }),

  clause("a call that is not idempotent is never hedged", async (harness: PairHarness) => {
    const { service, runs } = await slowAtFirst(harness);
    const caller = new AbortController();
    const call = ask(harness, service, "Job.Run", {}, { ...options, signal: caller.signal });
    await until(harness, runs, 1);
    await harness.elapse(200);
    equal(runs.length, 1, "runs");
    caller.abort();
    await ended(
      harness,
      call.catch(() => undefined),
    );
  }),
];
