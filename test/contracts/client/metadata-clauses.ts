import { deepEqual, equal, ok } from "node:assert/strict";
import { Unavailable } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness } from "../pair/harness.js";
import { answer, ended, ask, serve } from "../pair/tools.js";

/** A service whose handler says which attempt it serves, and fails as often as it is told. */
function speaker(harness: PairHarness, failures: number): string {
  const service = harness.service();
  serve(harness, service, "Echo.Say", async (_request, context) => {
    context.replyHeaders["x-head"] = context.replyTrailers["x-tail"] = String(context.attempt);
    if (context.attempt <= failures) throw new Unavailable("not now", { retry: "safe" });
    return {};
  });
  return service;
}

/** What callers hear beside replies. */
export const metadataClauses = [
  clause("headers and trailers are told once, before the reply", async (harness: PairHarness) => {
    const service = speaker(harness, 0);
    await harness.start();
    const turns: string[] = [];
    const call = ask(
      harness,
      service,
      "Echo.Say",
      {},
      {
        onHeaders: (headers) => turns.push(`headers ${headers["x-head"]}`),
        onTrailers: (trailers) => turns.push(`trailers ${trailers["x-tail"]}`),
      },
    ).then(() => turns.push("reply"));
    await ended(harness, call);
    await harness.elapse(1_000);
    deepEqual(turns, ["headers 1", "trailers 1", "reply"]);
  }),

  clause("an attempt that is made again is not heard of", async (harness: PairHarness) => {
    const service = speaker(harness, 1);
    await harness.start();
    const heard: (string | undefined)[] = [];
    await answer(
      harness,
      service,
      "Echo.Say",
      {},
      {
        onHeaders: (headers) => heard.push(headers["x-head"]),
        onTrailers: (trailers) => heard.push(trailers["x-tail"]),
      },
    );
    deepEqual(heard, ["2", "2"]);
  }),

  clause("a listener that throws does no harm to the call", async (harness: PairHarness) => {
    const service = speaker(harness, 0);
    await harness.start();
    const thrown = new Error("the listener broke");
    let heard = 0;
    const listen = (): never => {
      heard += 1;
      throw thrown;
    };
    deepEqual(
      await answer(harness, service, "Echo.Say", {}, { onHeaders: listen, onTrailers: listen }),
      {},
    );
    equal(heard, 2);
    ok(
      harness.logs().some(({ fields }) => JSON.stringify(fields)?.includes(thrown.message)),
      "the log does not tell",
    );
  }),
];
