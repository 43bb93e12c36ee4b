import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { clause } from "../clause.js";
import { all, ended, gate, quietly, slackMs } from "../pair/tools.js";
import type { ServiceHarness } from "./harness.js";
import { greeter, noting } from "./hook-clauses.js";

const errorsOf = async (work: Promise<unknown>): Promise<readonly unknown[]> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  ok(error instanceof AggregateError, `not an AggregateError: ${String(error)}`);
  return error.errors as unknown[];
};

/** What happens when a step fails, is repeated, or comes at a bad time. */
export const failureClauses = [
  clause("a start that fails stops what it had started", async (harness: ServiceHarness) => {
    const { service } = harness.process;
    const { listed, reachable } = greeter(harness);
    const turns: string[] = [];
    const failure = new Error("the cache does not warm");
    let address = "";
    service.init(noting(turns, "a"));
    service.init({
      onReady: async () => {
        address = harness.process.server.address;
        ok(await reachable(address), "not reachable before the failure");
        throw failure;
      },
    });
    await rejects(ended(harness, service.start()), (error) => error === failure);
    equal(await listed(), 0, "it is still registered");
    equal(await reachable(address), false, "it still answers");
    deepEqual(turns, ["a start", "a ready", "a drain", "a stop"]);
  }),

  clause("a start that fails tells its own failure first", async (harness: ServiceHarness) => {
    const { service } = harness.process;
    const first = new Error("the first");
    service.init({
      onStart: () => {
        throw first;
      },
      onDrain: () => {
        throw new Error("the second");
      },
    });
    await rejects(ended(harness, service.start()), (error) => error === first);
    const told = harness
      .logs()
      .some(({ fields }) => JSON.stringify(fields)?.includes("the second"));
    ok(told, "the second failure is nowhere");
  }),

  clause("stop tries every step and tells all failures", async (harness: ServiceHarness) => {
    const { service, server, broker, registry } = harness.process;
    const { reachable } = greeter(harness);
    const deregister = new Error("deregister");
    const drain = new Error("drain");
    const disconnect = new Error("disconnect");
    const stop = new Error("stop");
    service.init({
      onDrain: () => {
        throw drain;
      },
      onStop: () => {
        throw stop;
      },
    });
    const turns: string[] = [];
    service.init(noting(turns, "a"));
    await ended(harness, service.start());
    const { address } = server;
    registry.deregister = () => Promise.reject(deregister);
    broker.disconnect = () => Promise.reject(disconnect);
    const errors = await ended(harness, errorsOf(service.stop()));
    for (const failure of [deregister, drain, disconnect, stop])
      ok(errors.includes(failure), `the failure of "${failure.message}" is missing`);
    equal(await reachable(address), false, "it still answers");
    deepEqual(turns.slice(2), ["a drain", "a stop"]);
  }),

  clause("stop reports what it cut off", async (harness: ServiceHarness) => {
    const { service, server } = harness.process;
    const { name } = greeter(harness);
    const signals: AbortSignal[] = [];
    const handle = (_request: unknown, context: { signal: AbortSignal }): Promise<never> => {
      signals.push(context.signal);
      return new Promise(() => undefined);
    };
    server.handle(server.newHandler({ service: { name }, endpoint: "Greeter.Never", handle }));
    await ended(harness, service.start());
    const request = harness.client.newRequest(name, "Greeter.Never", {});
    const call = quietly(harness.client.call(request, { timeoutMs: 600_000 }));
    await harness.eventually(() => equal(signals.length, 1));
    const stopping = service.stop();
    await harness.elapse(10_000 + slackMs);
    deepEqual(await ended(harness, stopping), { cut: 1 });
    ok(signals[0]!.aborted, "the handler was not told");
    await rejects(call, { code: 503 });
  }),

  clause("start and stop happen once", async (harness: ServiceHarness) => {
    const { service } = harness.process;
    const turns: string[] = [];
    service.init(noting(turns, "a"));
    await ended(harness, all([service.start(), service.start()]));
    await ended(harness, service.start());
    const reports = await ended(harness, all([service.stop(), service.stop()]));
    deepEqual([...reports, await ended(harness, service.stop())], Array(3).fill({ cut: 0 }));
    deepEqual(turns, ["a start", "a ready", "a drain", "a stop"]);
  }),

  clause("what has been stopped does not start", async (harness: ServiceHarness) => {
    const { service, server } = harness.process;
    const { listed } = greeter(harness);
    deepEqual(await ended(harness, service.stop()), { cut: 0 });
    await rejects(ended(harness, service.start()), { code: 503, reason: "service.stopped" });
    deepEqual([await listed(), server.address], [0, ""]);
  }),

  clause("a stop during the start leaves nothing running", async (harness: ServiceHarness) => {
    const { service, server } = harness.process;
    const { listed, reachable } = greeter(harness);
    const door = gate();
    const turns: string[] = [];
    service.init({ onStart: () => door.opened });
    service.init(noting(turns, "a"));
    const starting = quietly(service.start());
    await harness.elapse(slackMs);
    deepEqual(await ended(harness, service.stop()), { cut: 0 });
    door.open();
    await rejects(ended(harness, starting), { code: 503, reason: "service.stopped" });
    await harness.elapse(slackMs);
    deepEqual([await listed(), await reachable(server.address)], [0, false]);
    ok(!turns.includes("a start") && !turns.includes("a ready"), "it went on starting");
  }),
];
