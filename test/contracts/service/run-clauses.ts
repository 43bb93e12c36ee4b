import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { clause } from "../clause.js";
import { answer, ended, gate, quietly, serve, slackMs, watched } from "../pair/tools.js";
import type { ServiceHarness } from "./harness.js";
import { greeter } from "./hook-clauses.js";

/** Runs the service until it can be called. */
async function running(harness: ServiceHarness, options?: { readonly signals?: boolean }) {
  const { service } = harness.process;
  const { name, reachable, listed } = greeter(harness);
  const began: unknown[] = [];
  const door = gate();
  serve(harness.process, name, "Greeter.Wait", async (request: unknown) => {
    began.push(request);
    await door.opened;
    return { waited: true };
  });
  const run = watched(quietly(service.run(options)));
  await harness.eventually(async () => equal(await listed(), 1));
  return { name, reachable, began, door, run };
}

/** Running until told to stop. */
export const runClauses = [
  clause("run ends with the report of the stop", async (harness: ServiceHarness) => {
    const { reachable, run } = await running(harness);
    ok(await reachable());
    equal(run.settled, false, "it ended by itself");
    const report = await ended(harness, harness.process.service.stop());
    deepEqual([await ended(harness, run.work), report], [{ cut: 0 }, { cut: 0 }]);
  }),

  clause("run fails with the failure of the start", async (harness: ServiceHarness) => {
    const { service } = harness.process;
    const failure = new Error("no disk");
    service.init({
      onStart: () => {
        throw failure;
      },
    });
    await rejects(ended(harness, service.run()), (error) => error === failure);
    equal(harness.process.raise("SIGTERM"), false, "it still listens for signals");
  }),

  clause("the first signal lets the work in hand finish", async (harness: ServiceHarness) => {
    const { name, reachable, began, door, run } = await running(harness);
    const call = quietly(answer(harness, name, "Greeter.Wait", {}, { timeoutMs: 600_000 }));
    await harness.eventually(() => equal(began.length, 1));
    ok(harness.process.raise("SIGTERM"), "nobody listens for SIGTERM");
    await harness.elapse(slackMs);
    equal(run.settled, false, "it did not wait");
    equal(await reachable(), false, "it takes new work");
    door.open();
    deepEqual(await ended(harness, call), { waited: true });
    deepEqual(await ended(harness, run.work), { cut: 0 });
    equal(harness.process.exitCode(), undefined, "the process was ended");
  }),

  clause("SIGINT and SIGQUIT do as SIGTERM", async (harness: ServiceHarness) => {
    const signals = ["SIGINT", "SIGQUIT"];
    const { run } = await running(harness);
    for (const signal of signals) ok(harness.process.raise(signal), `nobody listens for ${signal}`);
    await ended(harness, run.work);
    for (const signal of signals)
      equal(harness.process.raise(signal), false, "it still listens for signals");
  }),

  clause("the second signal ends the process", async (harness: ServiceHarness) => {
    const { name, began, run } = await running(harness);
    const call = quietly(answer(harness, name, "Greeter.Wait", {}, { timeoutMs: 600_000 }));
    await harness.eventually(() => equal(began.length, 1));
    harness.process.raise("SIGTERM");
    await harness.elapse(slackMs);
    equal(harness.process.exitCode(), undefined, "the first signal ended the process");
    harness.process.raise("SIGINT");
    equal(harness.process.exitCode(), 128 + 2);
    await harness.elapse(10_000 + slackMs);
    deepEqual(await ended(harness, run.work), { cut: 1 });
    await call.catch(() => undefined);
  }),

  clause("a signal during the start ends the run", async (harness: ServiceHarness) => {
    const { service } = harness.process;
    const { listed } = greeter(harness);
    const door = gate();
    service.init({ onStart: () => door.opened });
    const run = quietly(service.run());
    await harness.elapse(slackMs);
    ok(harness.process.raise("SIGTERM"), "nobody listens for SIGTERM");
    await harness.elapse(slackMs);
    door.open();
    deepEqual(await ended(harness, run), { cut: 0 });
    equal(await listed(), 0);
  }),

  clause("without signals it leaves them to others", async (harness: ServiceHarness) => {
    const { reachable, run } = await running(harness, { signals: false });
    equal(harness.process.raise("SIGTERM"), false, "it listens for signals");
    ok(await reachable());
    await ended(harness, harness.process.service.stop());
    await ended(harness, run.work);
  }),
];
