/**
 * The greeter as a service of some size has it: two interceptors on each side, two metadata entries,
 * and a server whose class holds a client, so that the context of the call is kept at hand.
 */
import { Handler, Service, Unauthorized } from "plugboard";
import { onClass, onMethod } from "./decorate.mjs";
import { GreeterClient, HelloReply, HelloRequest } from "./greeter.mjs";
import { pair } from "./pair.mjs";

export class Greeter {
  constructor(other) {
    this.other = other;
  }

  async hello({ name }) {
    return { greeting: `Hello ${name}` };
  }
}
onMethod(Greeter, "hello", [Handler({ input: HelloRequest, output: HelloReply })]);
onClass(Greeter, [Service({ name: "greeter", version: "1.0.0" })], [GreeterClient]);

/** Counts what passes, and how much of it fails. */
const counting = () => {
  const seen = { calls: 0, failures: 0 };
  return (next) => async (call) => {
    seen.calls++;
    try {
      return await next(call);
    } catch (error) {
      seen.failures++;
      throw error;
    }
  };
};

const checkKey = (next) => (call) => {
  if (call.metadata["x-key"] !== "sesame") throw new Unauthorized("wrong x-key");
  return next(call);
};

const addKey = (next) => (call) => {
  call.metadata["x-key"] = "sesame";
  return next(call);
};

export const name = "plugboard-full";
export const { startServer, connect } = pair({
  serving: { services: [Greeter], interceptors: [counting(), checkKey] },
  calling: { clientInterceptors: [counting(), addKey] },
  callOptions: { metadata: { "x-tenant": "acme" } },
});
