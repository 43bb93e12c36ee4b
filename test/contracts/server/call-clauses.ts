import { deepEqual, equal, ok } from "node:assert/strict";
import type { Context, Interceptor, StandardIssue, StandardSchema } from "../../../src/index.js";
import { TooManyRequests } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness, PairNode } from "../pair/harness.js";
import { all, answer, ask, ended, failure, failureOf, gate, serve, until } from "../pair/tools.js";

/** A schema for `{ name: string }` that trims the name; `later` makes it answer with a promise. */
export const named = ({ later = false } = {}): StandardSchema<unknown, { name: string }> => ({
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => {
      const name = (value as { readonly name?: unknown } | null)?.name;
      const issue: StandardIssue = { message: "expected a text", path: ["who", { key: "name" }] };
      const result =
        typeof name === "string" ? { value: { name: name.trim() } } : { issues: [issue] };
      return later ? Promise.resolve(result) : result;
    },
  },
});

/** A handler that waits for a gate, and what it was called with. */
function held(node: PairNode, service: string, settings: Parameters<typeof serve>[4] = {}) {
  const door = gate();
  const began: unknown[] = [];
  serve(
    node,
    service,
    "Slow.Work",
    async (request: unknown) => {
      began.push(request);
      await door.opened;
      return { done: true };
    },
    settings,
  );
  return { door, began };
}

/** Serving calls. */
export const callClauses = [
  clause("a handler gets the request and its context", async (harness: PairHarness) => {
    const service = harness.service();
    const seen: { readonly request: unknown; readonly context: Context; left: number }[] = [];
    serve(harness, service, "Echo.Say", async (request: unknown, context) => {
      const left = context.remainingMs();
      seen.push({ request, context, left });
      equal(context.signal.aborted, false);
      return {};
    });
    await harness.start();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const metadata = { "x-tenant": "acme", traceparent };
    const request = { text: "hello", list: [1, 2], nested: { yes: true, no: null } };
    await answer(harness, service, "Echo.Say", request, { metadata, timeoutMs: 2_000 });
    const [{ request: got, context, left }] = seen as [(typeof seen)[0]];
    deepEqual(got, request);
    ok(left > 0 && left <= 2_000, `${left} ms are left of 2,000`);
    ok(context.deadline instanceof Date, "no deadline");
    equal(context.metadata["x-tenant"], "acme");
    equal(context.traceparent, traceparent);
    equal(context.attempt, 1);
  }),

  clause("what nobody expected is hidden behind a number", async (harness: PairHarness) => {
    const service = harness.service();
    const thrown = [new TypeError("the password is hunter2"), "hunter2", { password: "hunter2" }];
    serve(harness, service, "Fail.Now", ({ which }: { which: number }) => {
      throw thrown[which] as Error;
    });
    await harness.start();
    for (const which of thrown.keys()) {
      const error = await failure(harness, service, "Fail.Now", { which });
      deepEqual([error.code, error.id], [500, service]);
      ok(!JSON.stringify(error).includes("hunter2"), "the caller learns the secret");
      ok(!error.message.includes("hunter2"), "the caller learns the secret");
      const incident = error.data?.["incident"];
      ok(typeof incident === "string" && incident, "no number");
      ok(error.detail.includes(incident), `"${error.detail}" does not tell the number`);
      const line = harness
        .logs()
        .find(({ level, fields }) => level === "error" && fields?.["incident"] === incident);
      ok(line, "the number is not in the log");
      ok(JSON.stringify(line.fields).includes("hunter2"), "the log does not tell what it was");
    }
  }),

  clause("a handler may answer with nothing", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Void.Do", async () => undefined);
    await harness.start();
    const reply = await answer(harness, service, "Void.Do");
    ok(
      reply === undefined || reply === null || Object.keys(reply).length === 0,
      `nothing arrives as ${JSON.stringify(reply)}`,
    );
  }),

  clause("a handler that never settles ends at its own limit", async (harness: PairHarness) => {
    const service = harness.service();
    const signals: AbortSignal[] = [];
    const handle = (_request: unknown, { signal }: Context): Promise<never> => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    serve(harness, service, "Slow.Work", handle, { timeoutMs: 100 });
    await harness.start();
    const call = failureOf(ask(harness, service, "Slow.Work", {}, { timeoutMs: 600_000 }));
    const error = await ended(harness, call);
    deepEqual([error.code, error.id], [408, service]);
    ok(error.detail.includes("Slow.Work"), `"${error.detail}" does not say what`);
    equal(signals[0]?.aborted, true, "the handler was not told");
  }),

  clause("an endpoint over its limit refuses, safe to retry", async (harness: PairHarness) => {
    const service = harness.service();
    const { door, began } = held(harness, service, { concurrency: 2 });
    serve(harness, service, "Quick.Work", async () => ({ quick: true }));
    await harness.start();
    const calls = all([1, 2].map(() => ask(harness, service, "Slow.Work")));
    await until(harness, began, 2);
    const third = failureOf(ask(harness, service, "Slow.Work", {}, { retries: 0 }));
    const error = await ended(harness, third);
    deepEqual([error.code, error.retry, began.length], [429, "safe", 2]);
    ok(error instanceof TooManyRequests, `a ${error.name} came`);
    deepEqual(await answer(harness, service, "Quick.Work"), { quick: true });
    door.open();
    await calls;
    deepEqual(await answer(harness, service, "Slow.Work"), { done: true });
  }),

  clause("a server over its limit refuses, safe to retry", async (harness: PairHarness) => {
    const service = harness.service();
    const node = await harness.peer({ maxConcurrentCalls: 2 });
    const { door, began } = held(node, service);
    serve(node, service, "Quick.Work", async () => ({ quick: true }));
    await node.start();
    const calls = all([1, 2].map(() => ask(harness, service, "Slow.Work")));
    await until(harness, began, 2);
    const third = failureOf(ask(harness, service, "Quick.Work", {}, { retries: 0 }));
    const error = await ended(harness, third);
    deepEqual([error.code, error.retry], [503, "safe"]);
    door.open();
    await calls;
    deepEqual(await answer(harness, service, "Quick.Work"), { quick: true });
  }),

  clause("what breaks the schema does not reach the handler", async (harness: PairHarness) => {
    for (const later of [false, true]) {
      const node = await harness.peer();
      const service = harness.service();
      const seen: unknown[] = [];
      const handle = async (request: unknown): Promise<unknown> => {
        seen.push(request);
        return {};
      };
      serve(node, service, "Greeter.Hello", handle, { input: named({ later }) });
      await node.start();
      const error = await failure(harness, service, "Greeter.Hello", { name: 1 });
      deepEqual([error.code, error.retry, seen], [400, "never", []]);
      ok(
        error.detail.includes("who.name: expected a text"),
        `"${error.detail}" does not say where`,
      );
      await answer(harness, service, "Greeter.Hello", { name: " Ann " });
      deepEqual(seen, [{ name: "Ann" }]);
    }
  }),

  clause("a reply that breaks its schema is the server's fault", async (harness: PairHarness) => {
    const service = harness.service();
    const handle = async ({ name }: { name: unknown }): Promise<unknown> => ({ name, extra: 1 });
    serve(harness, service, "Greeter.Hello", handle, { output: named() });
    await harness.start();
    equal((await failure(harness, service, "Greeter.Hello", {})).code, 500);
    deepEqual(await answer(harness, service, "Greeter.Hello", { name: "Ann" }), { name: "Ann" });
  }),

  clause("the server layer listed first is the outermost", async (harness: PairHarness) => {
    const turns: string[] = [];
    const layer =
      (name: string): Interceptor =>
      (next) =>
      async (call) => {
        turns.push(`${name} in`);
        const reply = await next(call);
        turns.push(`${name} out`);
        return reply;
      };
    const node = await harness.peer({ serverInterceptors: [layer("app 1"), layer("app 2")] });
    const service = harness.service();
    node.server.use(layer("used 1"));
    node.server.use(layer("used 2"));
    const interceptors = [layer("own 1"), layer("own 2")];
    serve(node, service, "Echo.Say", async (request) => request, { interceptors });
    await node.start();
    await answer(harness, service, "Echo.Say");
    const order = ["app 1", "app 2", "used 1", "used 2", "own 1", "own 2"];
    const back = [...order].reverse();
    deepEqual(turns, [...order.map((name) => `${name} in`), ...back.map((name) => `${name} out`)]);
  }),

  clause("a layer may answer, refuse and change the request", async (harness: PairHarness) => {
    const service = harness.service();
    const seen: unknown[] = [];
    const guard: Interceptor = (next) => async (call) => {
      if (call.metadata["x-cached"]) return { from: "the cache" };
      if (!call.metadata["x-user"]) throw new TooManyRequests("no strangers");
      const { service: name, endpoint, shape, side } = call;
      return next({ ...call, request: { name, endpoint, shape, side } });
    };
    const handle = async (request: unknown): Promise<unknown> => {
      seen.push(request);
      return { from: "the handler" };
    };
    serve(harness, service, "Echo.Say", handle, { interceptors: [guard] });
    await harness.start();
    const reply = (metadata: Record<string, string>): Promise<unknown> =>
      ask(harness, service, "Echo.Say", {}, { metadata });
    deepEqual(await reply({ "x-cached": "yes" }), { from: "the cache" });
    equal((await failureOf(reply({}))).code, 429);
    deepEqual(await reply({ "x-user": "ann" }), { from: "the handler" });
    const expected = { name: service, endpoint: "Echo.Say", shape: "unary", side: "server" };
    deepEqual(seen, [expected]);
  }),

  clause("Debug.Health answers, listed or not", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Echo.Say", async () => ({}));
    await harness.start();
    deepEqual(await answer(harness, service, "Debug.Health"), { status: "ok" });
    const { address } = harness.server;
    deepEqual(await answer(harness, service, "Debug.Health", {}, { address }), { status: "ok" });
  }),

  clause("Debug.Stats counts calls and failures", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Echo.Say", async () => ({}));
    serve(harness, service, "Echo.Fail", async () => {
      throw new TooManyRequests("always");
    });
    await harness.start();
    const stats = async (): Promise<Record<string, number>> => {
      const reply = (await answer(harness, service, "Debug.Stats")) as Record<string, unknown>;
      return Object.fromEntries(Object.entries(reply).map(([name, text]) => [name, Number(text)]));
    };
    const before = await stats();
    for (const name of ["timestamp", "started", "memory", "threads"])
      ok(before[name]! > 0, `${name} is ${before[name]}`);
    await answer(harness, service, "Echo.Say");
    await failure(harness, service, "Echo.Fail");
    await harness.elapse(1_000);
    const after = await stats();
    equal(after["errors"]! - (before["errors"] ?? 0), 1, "errors");
    ok(after["requests"]! - before["requests"]! >= 2, "requests");
    ok(after["uptime"]! >= 1, `uptime is ${after["uptime"]} after a second`);
    equal(after["started"], before["started"]);
  }),
];
