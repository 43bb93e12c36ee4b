import { deepEqual, equal, ok } from "node:assert/strict";
import type { Context } from "../../../src/index.js";
import { BadRequest, Conflict, RpcError } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness } from "../pair/harness.js";
import {
  all,
  answer,
  ask,
  ended,
  failure,
  failureOf,
  gate,
  serve,
  slackMs,
  until,
  watched,
} from "../pair/tools.js";

/** An error of the app's own. */
class OutOfStock extends RpcError {
  static override readonly type = "shop.OutOfStock";
}

/** A handler that notes that it has begun, then that it was told to stop. */
export function listening() {
  const began: Context[] = [];
  const told: unknown[] = [];
  const handle = (_request: unknown, context: Context): Promise<never> =>
    new Promise((_resolve, reject) => {
      began.push(context);
      context.signal.addEventListener("abort", () => {
        told.push(context.signal.reason);
        reject(context.signal.reason as Error);
      });
    });
  return { began, told, handle };
}

/** One request, one reply, and the ways in which that fails. */
export const callClauses = [
  clause("a unary call brings the handler's reply", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Greeter.Hello", ({ name }: { name: string }) =>
      Promise.resolve({ greeting: `Hello ${name}`, letters: name.split("") }),
    );
    await harness.start();
    const reply = await answer(harness, service, "Greeter.Hello", { name: "Zoë" });
    deepEqual(reply, { greeting: "Hello Zoë", letters: ["Z", "o", "ë"] });
  }),

  clause("calls made side by side get each its own reply", async (harness: PairHarness) => {
    const service = harness.service();
    const gates = [gate(), gate(), gate()];
    const began: number[] = [];
    serve(harness, service, "Echo.Say", async (request: { turn: number }) => {
      began.push(request.turn);
      await gates[request.turn]!.opened;
      return request;
    });
    await harness.start();
    const calls = [0, 1, 2].map((turn) => ask(harness, service, "Echo.Say", { turn }));
    const replies = watched(all(calls));
    await until(harness, began, 3);
    for (const held of [...gates].reverse()) held.open();
    deepEqual(await ended(harness, replies.work), [{ turn: 0 }, { turn: 1 }, { turn: 2 }]);
  }),

  clause("an error arrives as its class, with all that it says", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Shop.Buy", () => {
      throw new Conflict("no chairs left: «Stuhl»\nnor tables", {
        id: "shop.stock",
        reason: "stock.empty",
        data: { item: "chair", left: 0 },
        retry: "never",
      });
    });
    await harness.start();
    const error = await failure(harness, service, "Shop.Buy");
    const { code, detail, id, reason, data, retry, status } = error;
    deepEqual(
      { code, detail, id, reason, data, retry, status },
      {
        code: 409,
        detail: "no chairs left: «Stuhl»\nnor tables",
        id: "shop.stock",
        reason: "stock.empty",
        data: { item: "chair", left: 0 },
        retry: "never",
        status: "Conflict",
      },
    );
    ok(error instanceof Conflict, `a ${error.name} came`);
  }),

  clause("an error keeps its own type and its details", async (harness: PairHarness) => {
    const service = harness.service();
    const details = [{ type: "google.rpc.Help", value: Uint8Array.of(10, 2, 8, 255) }];
    serve(harness, service, "Shop.Buy", () => {
      throw new OutOfStock(409, "no chairs left", { data: { item: "chair" }, details });
    });
    await harness.start();
    const error = await failure(harness, service, "Shop.Buy");
    equal(error.type, "shop.OutOfStock");
    deepEqual(error.data, { item: "chair" });
    deepEqual(
      error.details?.map(({ type, value }) => ({ type, value: [...value] })),
      details.map(({ type, value }) => ({ type, value: [...value] })),
    );
  }),

  clause("an error that names nobody names the service", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Shop.Buy", () => {
      throw new BadRequest("buy what?");
    });
    await harness.start();
    const error = await failure(harness, service, "Shop.Buy");
    deepEqual([error.code, error.id, error.detail], [400, service, "buy what?"]);
  }),

  clause("an endpoint that nobody has is a 404 that names it", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Greeter.Hello", () => Promise.resolve({}));
    await harness.start();
    for (const endpoint of ["Greeter.Goodbye", "Nobody.Hello"]) {
      const error = await failure(harness, service, endpoint);
      equal(error.code, 404, `${endpoint}: ${error.code} ${error.detail}`);
      const missing = endpoint.startsWith("Greeter.") ? "Goodbye" : "Nobody";
      ok(error.detail.includes(missing), `"${error.detail}" does not name ${missing}`);
    }
  }),

  clause(
    "a service that nobody serves is NotFound, safe to retry",
    async (harness: PairHarness) => {
      const service = harness.service();
      const error = await failure(harness, service, "Greeter.Hello");
      deepEqual([error.code, error.reason, error.retry], [404, "selector.not-found", "safe"]);
      ok(error.detail.includes(service), `"${error.detail}" does not name ${service}`);
    },
  ),

  clause("a call past its deadline is a Timeout", async (harness: PairHarness) => {
    const service = harness.service();
    const { handle } = listening();
    serve(harness, service, "Slow.Work", handle);
    await harness.start();
    const call = watched(failureOf(ask(harness, service, "Slow.Work", {}, { timeoutMs: 100 })));
    await harness.elapse(50);
    equal(call.settled, false, "the call ended before its deadline");
    await harness.elapse(50 + slackMs);
    ok(call.settled, "the call still waits after its deadline");
    equal((await call.work).code, 408);
  }),

  clause("without a limit of its own a call gets 5 seconds", async (harness: PairHarness) => {
    const service = harness.service();
    const limits: number[] = [];
    serve(harness, service, "Clock.Left", async (_request, context) => {
      limits.push(context.remainingMs());
      return {};
    });
    await harness.start();
    await answer(harness, service, "Clock.Left");
    const [left = 0] = limits;
    ok(left > 4_000 && left <= 5_000, `${left} ms were left`);
  }),

  clause("the handler is told when the deadline passes", async (harness: PairHarness) => {
    const service = harness.service();
    const { began, told, handle } = listening();
    serve(harness, service, "Slow.Work", handle);
    await harness.start();
    const call = failureOf(ask(harness, service, "Slow.Work", {}, { timeoutMs: 100 }));
    await until(harness, began, 1);
    const left = began[0]!.remainingMs();
    ok(left > 0 && left <= 100, `the handler has ${left} ms`);
    await harness.elapse(100 + slackMs);
    await until(harness, told, 1);
    await call;
  }),

  clause("an aborted signal cancels the call, up to the handler", async (harness: PairHarness) => {
    const service = harness.service();
    const { began, told, handle } = listening();
    serve(harness, service, "Slow.Work", handle);
    await harness.start();
    const caller = new AbortController();
    const options = { signal: caller.signal, timeoutMs: 600_000 };
    const call = failureOf(ask(harness, service, "Slow.Work", {}, options));
    await until(harness, began, 1);
    caller.abort(new Error("changed my mind"));
    equal((await ended(harness, call)).code, 499);
    await until(harness, told, 1);
  }),

  clause("a signal that has aborted sends nothing", async (harness: PairHarness) => {
    const service = harness.service();
    const seen: unknown[] = [];
    serve(harness, service, "Echo.Say", async (request) => void seen.push(request));
    await harness.start();
    const signal = AbortSignal.abort(new Error("too late"));
    const error = await failure(harness, service, "Echo.Say", {}, { signal });
    equal(error.code, 499);
    await harness.elapse(slackMs);
    deepEqual(seen, []);
  }),
];
