import { equal, match, ok } from "node:assert/strict";
import { Canceled, Unavailable } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { TransportHarness } from "./harness.js";
import { echo, failure, serve } from "./stage.js";

/** Dialling and listening that cannot work. */
export const addressClauses = [
  clause<TransportHarness>("a listener has the address that was bound", async (harness) => {
    const [one, two] = [await serve(harness, echo), await serve(harness, echo)];
    for (const { address } of [one, two]) match(address, /^.+:[1-9][0-9]*$/);
    ok(one.address !== two.address, "two listeners share an address");
  }),

  clause<TransportHarness>(
    "dialling where nobody listens fails, naming the address",
    async (harness) => {
      const listener = await serve(harness, echo);
      await listener.close();
      const error = await failure(harness, "dialling", harness.transport.dial(listener.address));
      ok(error instanceof Unavailable, error.name);
      equal(error.reason, "transport.connect-failed");
      equal(error.retry, "safe");
      ok(error.message.includes(listener.address), error.message);
    },
  ),

  clause<TransportHarness>("dialling ends with its signal", async (harness) => {
    const { address } = await serve(harness, echo);
    const signal = AbortSignal.abort(new Error("enough"));
    const error = await failure(harness, "dialling", harness.transport.dial(address, { signal }));
    ok(error instanceof Canceled, error.name);
  }),

  clause<TransportHarness>("an address is listened on once", async (harness) => {
    const { address } = await serve(harness, echo);
    const error = await failure(harness, "listening", harness.transport.listen(address));
    ok(error instanceof Unavailable, error.name);
    equal(error.reason, "transport.address-in-use");
    ok(error.message.includes(address), error.message);
  }),
];
