import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { ServiceHooks } from "../../../src/spi.js";
import { clause } from "../clause.js";
import {
  answer,
  ended,
  failure,
  gate,
  quietly,
  recordsOf,
  serve,
  slackMs,
  watched,
} from "../pair/tools.js";
import type { ServiceHarness } from "./harness.js";

/** Hooks that note their turns. */
export const noting = (turns: string[], name: string): ServiceHooks => ({
  onStart: () => turns.push(`${name} start`),
  onReady: () => turns.push(`${name} ready`),
  onDrain: () => turns.push(`${name} drain`),
  onStop: () => turns.push(`${name} stop`),
});

/** A service of the process with one handler, and what can be found out about it from outside. */
export function greeter(harness: ServiceHarness) {
  const name = harness.service();
  serve(harness.process, name, "Greeter.Hello", async () => ({ hello: true }));
  const { server } = harness.process;
  return {
    name,
    /** How many records the registry has. */
    listed: async (): Promise<number> => (await recordsOf(harness, name)).length,
    /** Whether a call that goes there directly is answered. */
    reachable: async (address = server.address): Promise<boolean> => {
      if (!address) return false;
      const reply = answer(harness, name, "Greeter.Hello", {}, { address, retries: 0 });
      return reply.then(
        () => true,
        () => false,
      );
    },
  };
}

/** Whether the process's broker takes messages. */
const publishes = ({ process }: ServiceHarness): Promise<boolean> =>
  process.client.publish(process.client.newMessage("anything", {})).then(
    () => true,
    () => false,
  );

/** When hooks run, and what is so then. */
export const hookClauses = [
  clause("hooks run in order up, and in reverse down", async (harness: ServiceHarness) => {
    const { service } = harness.process;
    const turns: string[] = [];
    service.init(noting(turns, "a"));
    service.init(noting(turns, "b"));
    await ended(harness, service.start());
    deepEqual(turns, ["a start", "b start", "a ready", "b ready"]);
    turns.length = 0;
    await ended(harness, service.stop());
    deepEqual(turns, ["b drain", "a drain", "b stop", "a stop"]);
  }),

  clause("a hook is waited for", async (harness: ServiceHarness) => {
    const { service } = harness.process;
    const doors = [gate(), gate(), gate(), gate()] as const;
    const turns: string[] = [];
    service.init({
      onStart: () => doors[0].opened,
      onReady: () => doors[1].opened,
      onDrain: () => doors[2].opened,
      onStop: () => doors[3].opened,
    });
    service.init(noting(turns, "next"));
    const starting = watched(service.start());
    await harness.elapse(slackMs);
    deepEqual(turns, []);
    doors[0].open();
    await harness.elapse(slackMs);
    equal(starting.settled, false, "start did not wait for onReady");
    doors[1].open();
    await ended(harness, starting.work);
    deepEqual(turns, ["next start", "next ready"]);
    const stopping = watched(service.stop());
    await harness.elapse(slackMs);
    deepEqual(turns.slice(2), ["next drain"]);
    doors[2].open();
    await harness.elapse(slackMs);
    equal(stopping.settled, false, "stop did not wait for onStop");
    doors[3].open();
    await ended(harness, stopping.work);
  }),

  clause("onStart comes before anything listens", async (harness: ServiceHarness) => {
    const { service, server } = harness.process;
    const { listed } = greeter(harness);
    const seen: unknown[] = [];
    service.init({
      onStart: async () => seen.push([server.address, await listed(), await publishes(harness)]),
    });
    await ended(harness, service.start());
    deepEqual(seen, [["", 0, false]]);
  }),

  clause("onReady comes when it can be found and called", async (harness: ServiceHarness) => {
    const { service } = harness.process;
    const { listed, reachable } = greeter(harness);
    const seen: unknown[] = [];
    service.init({
      onReady: async () => seen.push([await listed(), await reachable(), await publishes(harness)]),
    });
    await ended(harness, service.start());
    deepEqual(seen, [[1, true, true]]);
  }),

  clause(
    "onDrain comes when it cannot be found, and still works",
    async (harness: ServiceHarness) => {
      const { service } = harness.process;
      const { name, listed } = greeter(harness);
      const seen: unknown[] = [];
      const doors = [gate(), gate()] as const;
      serve(harness.process, name, "Greeter.Wait", async () => {
        doors[0].open();
        await doors[1].opened;
        return { waited: true };
      });
      service.init({
        onDrain: async () => {
          seen.push([await listed(), await publishes(harness)]);
          doors[1].open();
        },
      });
      await ended(harness, service.start());
      const call = watched(answer(harness, name, "Greeter.Wait"));
      await ended(harness, doors[0].opened);
      deepEqual(await ended(harness, service.stop()), { cut: 0 });
      deepEqual(seen, [[0, true]]);
      deepEqual(await call.work, { waited: true });
    },
  ),

  clause("onStop comes when nothing runs any more", async (harness: ServiceHarness) => {
    const { service, server } = harness.process;
    const { reachable } = greeter(harness);
    const seen: unknown[] = [];
    service.init({
      onStop: async () => seen.push([await reachable(server.address), await publishes(harness)]),
    });
    await ended(harness, service.start());
    ok(await reachable());
    await ended(harness, service.stop());
    deepEqual(seen, [[false, false]]);
  }),

  clause("a started service calls, serves and hears", async (harness: ServiceHarness) => {
    const { service, client, server } = harness.process;
    ok(service.name, "no name");
    const { name } = greeter(harness);
    const topic = `${name}.happened`;
    const heard: unknown[] = [];
    server.subscribe(
      server.newSubscriber({
        service: { name },
        topic,
        name: "Test.On",
        handle: async ({ data }: { readonly data: unknown }) => heard.push(data),
      }),
    );
    await ended(harness, service.start());
    deepEqual(await answer(harness, name, "Greeter.Hello"), { hello: true });
    await client.publish(client.newMessage(topic, { n: 1 }));
    await harness.eventually(() => deepEqual(heard, [{ n: 1 }]));
    const own = client.call(client.newRequest(name, "Greeter.Hello", {}));
    deepEqual(await ended(harness, own), { hello: true });
    const { address } = server;
    await ended(harness, service.stop());
    const late = client.call(client.newRequest(name, "Greeter.Hello", {}), { address });
    await rejects(ended(harness, quietly(late)), { code: 503, reason: "client.closed" });
    equal((await failure(harness, name, "Greeter.Hello", {}, { retries: 0 })).retry, "safe");
  }),
];
