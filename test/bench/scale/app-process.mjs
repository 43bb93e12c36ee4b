/** An app of many services, from its classes to its start. */
import { performance } from "node:perf_hooks";
import { Handler, Service } from "plugboard";
import { serve } from "../harness/answer.mjs";
import { onClass, onMethod } from "../plugboard/decorate.mjs";
import { HelloReply, HelloRequest } from "../plugboard/greeter.mjs";
import { startApp } from "../plugboard/pair.mjs";
import { settled } from "./memory.mjs";

function serviceClass(index, handlers) {
  const Class = { [`Service${index}`]: class {} }[`Service${index}`];
  for (let number = 0; number < handlers; number++) {
    const method = `method${number}`;
    Object.defineProperty(Class.prototype, method, {
      value: async ({ name }) => ({ greeting: `Hello ${name}` }),
      writable: true,
      configurable: true,
    });
    onMethod(Class, method, [Handler({ input: HelloRequest, output: HelloReply })]);
  }
  onClass(Class, [Service({ name: `service-${index}` })]);
  return Class;
}

serve({
  async measure({ services, handlersEach }) {
    const warm = await startApp({ services: [serviceClass(0, 1)] });
    await warm.stop();
    const before = await settled();
    const began = performance.now();
    const classes = Array.from({ length: services }, (_, at) => serviceClass(at, handlersEach));
    const app = await startApp({ services: classes });
    const startMs = performance.now() - began;
    const after = await settled();
    if (app.services.length !== services) throw new Error(`${app.services.length} services`);
    await app.stop();
    return { startMs, bytes: after.heap - before.heap };
  },
});
