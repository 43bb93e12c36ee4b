import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { Schema } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness } from "../pair/harness.js";
import { answer, failure, serve } from "../pair/tools.js";

/** Fails unless `work` throws a TypeError that names `what`. */
function refuses(work: () => void, what: string): void {
  throws(work, (error: unknown) => {
    ok(error instanceof TypeError, `not a TypeError: ${String(error)}`);
    ok(error.message.includes(what), `"${error.message}" does not name ${what}`);
    ok(error.message.length > what.length + 20, `"${error.message}" does not say what is wrong`);
    return true;
  });
}

const handle = async (): Promise<unknown> => ({});

/** What may be served. */
export const definitionClauses = [
  clause("an endpoint that is not Type.Method is refused", async (harness: PairHarness) => {
    const service = { name: harness.service() };
    for (const endpoint of ["Hello", "Shop.Greeter.Hello", "Greeter.", ".Hello", "Greeter. Hello"])
      refuses(() => harness.server.newHandler({ service, endpoint, handle }), endpoint);
  }),

  clause("a name that objects are asked for is refused", async (harness: PairHarness) => {
    const service = { name: harness.service() };
    for (const method of ["Then", "catch", "Finally", "toJSON", "constructor"]) {
      const endpoint = `Greeter.${method}`;
      refuses(() => harness.server.newHandler({ service, endpoint, handle }), endpoint);
    }
  }),

  clause("a schema that is none is refused", async (harness: PairHarness) => {
    const service = { name: harness.service() };
    const endpoint = "Greeter.Hello";
    const { server } = harness;
    for (const input of [42, {}, "name"] as unknown as Schema<unknown>[]) {
      throws(() => server.newHandler({ service, endpoint, handle, input }), TypeError);
      throws(() => server.newHandler({ service, endpoint, handle, output: input }), TypeError);
    }
  }),

  clause("an endpoint that a service has already is refused", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Greeter.Hello", handle);
    refuses(() => serve(harness, service, "Greeter.Hello", handle), "Greeter.Hello");
  }),

  clause("two services of a process may have equal endpoints", async (harness: PairHarness) => {
    const services = [harness.service(), harness.service()];
    for (const service of services)
      serve(harness, service, "Greeter.Hello", async () => ({ from: service }));
    await harness.start();
    for (const service of [...services, ...services])
      deepEqual(await answer(harness, service, "Greeter.Hello"), { from: service });
  }),

  clause("what comes after the start is refused", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Greeter.Hello", handle);
    await harness.start();
    refuses(() => serve(harness, service, "Greeter.Late", handle), "Greeter.Late");
    const late = { service: { name: service }, topic: "t", name: "Late.One", handle };
    const { server } = harness;
    refuses(() => server.subscribe(server.newSubscriber(late)), "Late.One");
    equal((await failure(harness, service, "Greeter.Late")).code, 404);
  }),
];
