import { deepEqual, equal, ok } from "node:assert/strict";
import type { CallOptions, Interceptor } from "../../../src/index.js";
import type { Metadata } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness, PairNode } from "../pair/harness.js";
import { answer, ask, ended, failureOf, gate, serve, until } from "../pair/tools.js";
import { listening } from "./call-clauses.js";

/** A service on the first process whose handler keeps what came with the call. */
function keeper(harness: PairHarness) {
  const service = harness.service();
  const seen: Metadata[] = [];
  serve(harness, service, "Keeper.Keep", async (_request, { metadata }) => {
    seen.push({ ...metadata });
    return {};
  });
  return { service, seen };
}

/** A service on a process of its own that calls the other one while it is called. */
async function relay(
  harness: PairHarness,
  inner: string,
  endpoint: string,
  options?: CallOptions,
): Promise<{ readonly node: PairNode; readonly service: string }> {
  const node = await harness.peer();
  const service = harness.service();
  serve(node, service, "Relay.Pass", () => ask(node, inner, endpoint, {}, options));
  await node.start();
  return { node, service };
}

const pick = (metadata: Metadata | undefined, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, metadata?.[name]]));

/** What travels beside the request. */
export const contextClauses = [
  clause("metadata reaches the handler, names in lower case", async (harness: PairHarness) => {
    const { service, seen } = keeper(harness);
    await harness.start();
    const metadata = { "X-Tenant": "acme", authorization: "Bearer s3cret", "x-signs": `;,="'%\\` };
    await answer(harness, service, "Keeper.Keep", {}, { metadata });
    deepEqual(pick(seen[0], "x-tenant", "authorization", "x-signs", "X-Tenant"), {
      "x-tenant": "acme",
      authorization: "Bearer s3cret",
      "x-signs": `;,="'%\\`,
      "X-Tenant": undefined,
    });
  }),

  clause("metadata may be written in any script", async (harness: PairHarness) => {
    const { service, seen } = keeper(harness);
    await harness.start();
    const metadata = { "x-user": "Grüße, 漢字 🎈" };
    await answer(harness, service, "Keeper.Keep", {}, { metadata });
    deepEqual(pick(seen[0], "x-user"), metadata);
  }),

  clause("a nested call gets what is left of the deadline", async (harness: PairHarness) => {
    const inner = harness.service();
    const limits: number[] = [];
    serve(harness, inner, "Clock.Left", async (_request, context) => {
      limits.push(context.remainingMs());
      return {};
    });
    await harness.start();
    const node = await harness.peer();
    const service = harness.service();
    const held = gate();
    const began: unknown[] = [];
    serve(node, service, "Relay.Pass", async (request) => {
      began.push(request);
      await held.opened;
      return ask(node, inner, "Clock.Left");
    });
    await node.start();
    const call = ask(harness, service, "Relay.Pass", {}, { timeoutMs: 1_000 });
    await until(harness, began, 1);
    await harness.elapse(300);
    held.open();
    await call;
    const [left = 0] = limits;
    ok(left > 0 && left <= 700, `the nested call had ${left} ms`);
  }),

  clause("a nested call ends with the call around it", async (harness: PairHarness) => {
    const inner = harness.service();
    const { began, told, handle } = listening();
    serve(harness, inner, "Slow.Work", handle);
    await harness.start();
    const { service } = await relay(harness, inner, "Slow.Work", { timeoutMs: 600_000 });
    const caller = new AbortController();
    const call = failureOf(
      ask(harness, service, "Relay.Pass", {}, { signal: caller.signal, timeoutMs: 600_000 }),
    );
    await until(harness, began, 1);
    caller.abort();
    await ended(harness, call);
    await until(harness, told, 1);
  }),

  clause("metadata travels on with nested calls, theirs wins", async (harness: PairHarness) => {
    const { service: inner, seen } = keeper(harness);
    await harness.start();
    const { service } = await relay(harness, inner, "Keeper.Keep", {
      metadata: { "x-step": "second" },
    });
    const metadata = { "x-tenant": "acme", "x-step": "first" };
    await answer(harness, service, "Relay.Pass", {}, { metadata });
    deepEqual(pick(seen[0], "x-tenant", "x-step"), { "x-tenant": "acme", "x-step": "second" });
  }),

  clause("credentials stay with the call they came with", async (harness: PairHarness) => {
    const { service: inner, seen } = keeper(harness);
    await harness.start();
    const { service } = await relay(harness, inner, "Keeper.Keep");
    const metadata = { authorization: "Bearer s3cret", cookie: "session=1", "x-tenant": "acme" };
    await answer(harness, service, "Relay.Pass", {}, { metadata });
    deepEqual(pick(seen[0], "authorization", "cookie", "x-tenant"), {
      authorization: undefined,
      cookie: undefined,
      "x-tenant": "acme",
    });
  }),

  clause(
    "names of the protocol stay with the call they came with",
    async (harness: PairHarness) => {
      const { service: inner, seen } = keeper(harness);
      await harness.start();
      const { service } = await relay(harness, inner, "Keeper.Keep");
      const metadata = { "micro-made-up": "1", "x-micro-made-up": "2", "x-tenant": "acme" };
      await answer(harness, service, "Relay.Pass", {}, { metadata });
      deepEqual(pick(seen[0], ...Object.keys(metadata)), {
        "micro-made-up": undefined,
        "x-micro-made-up": undefined,
        "x-tenant": "acme",
      });
    },
  ),

  clause("a call says which service it comes from", async (harness: PairHarness) => {
    const { service, seen } = keeper(harness);
    await harness.start();
    await answer(harness, service, "Keeper.Keep");
    ok(seen[0]?.["micro-from-service"], "nobody is named");
    const metadata = { "micro-from-service": "somebody" };
    await answer(harness, service, "Keeper.Keep", {}, { metadata });
    equal(seen[1]?.["micro-from-service"], "somebody");
  }),

  clause("the client layer listed first is the outermost", async (harness: PairHarness) => {
    const { service, seen } = keeper(harness);
    await harness.start();
    const turns: string[] = [];
    const layer =
      (name: string): Interceptor =>
      (next) =>
      async (call) => {
        turns.push(`${name} in`);
        call.metadata[`x-${name}`] = "was here";
        const reply = await next(call);
        turns.push(`${name} out`);
        return reply;
      };
    const node = await harness.peer({ clientInterceptors: [layer("outer"), layer("inner")] });
    await ask(node, service, "Keeper.Keep");
    deepEqual(turns, ["outer in", "inner in", "inner out", "outer out"]);
    deepEqual(pick(seen[0], "x-outer", "x-inner"), {
      "x-outer": "was here",
      "x-inner": "was here",
    });
  }),

  clause("layers around a call hear that it was cut short", async (harness: PairHarness) => {
    const { service } = keeper(harness);
    serve(harness, service, "Keeper.Wait", () => new Promise(() => undefined));
    await harness.start();
    const heard: unknown[] = [];
    const layer: Interceptor = (next) => async (call) => {
      try {
        return await next(call);
      } catch (error) {
        heard.push(error);
        throw error;
      }
    };
    const node = await harness.peer({ clientInterceptors: [layer] });
    await ended(harness, ask(node, service, "Keeper.Keep"));
    for (const [count, code] of [408, 499].entries()) {
      const caller = new AbortController();
      const options = { timeoutMs: code === 408 ? 100 : 60_000, signal: caller.signal };
      const call = failureOf(ask(node, service, "Keeper.Wait", {}, options));
      await harness.elapse(20);
      if (code === 499) caller.abort();
      equal((await ended(harness, call)).code, code);
      await until(harness, heard, count + 1);
      equal((heard[count] as { readonly code?: unknown }).code, code);
    }
  }),
];
