/**
 * A server and a caller of the greeter in two processes, through the whole public path: annotated
 * classes, container, typed client, registry lookup, selector, interceptor chain, deadline, limits.
 */
import process from "node:process";
import { createApp, Module, Registry, rpcServer } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";
import { onClass } from "./decorate.mjs";
import { GreeterClient } from "./greeter.mjs";

process.env.MICRO_LOG_LEVEL ??= "warn";

/** Everything that is not said here is the default. */
const plugins = (address, more = {}) => ({
  registry: memoryRegistry(),
  broker: memoryBroker(),
  server: rpcServer({ address }),
  ...more,
});

/** Makes a module class. */
export function module(options) {
  class BenchModule {}
  onClass(BenchModule, [Module(options)]);
  return BenchModule;
}

/** Starts an app of `options`, those of a module. */
export const startApp = (options, address = "127.0.0.1:0", more) =>
  createApp(module(options), { plugins: plugins(address, more) }).start();

/**
 * The record that a server of `services` puts into its registry, with the address changed: learnt
 * from a short-lived one of this process, since a memory registry does not reach into another.
 */
export async function recordOf(
  services,
  address,
  changed = (metadata) => metadata,
  engine = () => ({}),
) {
  const hub = memoryRegistryHub();
  const registry = memoryRegistry({ hub });
  const own = "127.0.0.1:0";
  const twin = await startApp({ services }, own, { registry, ...engine(own) });
  const [record] = await twin.get(Registry).getService("greeter");
  await twin.stop();
  const [node] = record.nodes;
  return { ...record, nodes: [{ ...node, address, metadata: changed(node.metadata) }] };
}

/**
 * Server and caller of one variant.
 * @param serving options of the server's module, its services among them
 * @param calling options of the caller's module
 * @param metadata changes what the server's node says of itself
 * @param callOptions options of every unary call
 * @param engine plugins other than the default, for an address to serve at
 */
export function pair({ serving, calling = {}, metadata, callOptions, engine = () => ({}) }) {
  return {
    async startServer({ port, host }) {
      const address = `${host}:${port}`;
      const app = await startApp(serving, address, engine(address));
      return { close: () => app.stop() };
    },

    async connect({ port, host }) {
      const app = await startApp(calling, undefined, engine("127.0.0.1:0"));
      const record = await recordOf(serving.services, `${host}:${port}`, metadata, engine);
      await app.get(Registry).register(record);
      const greeter = app.get(GreeterClient);
      return {
        call: callOptions
          ? (request) => greeter.hello(request, callOptions)
          : (request) => greeter.hello(request),
        stream: (request) => greeter.ticks(request, { timeoutMs: 120_000 }),
        chat: (requests) => greeter.chat(requests, { timeoutMs: 120_000 }),
        close: () => app.stop(),
      };
    },
  };
}
