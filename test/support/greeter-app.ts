import { memoryBroker } from "../../plugins/broker/memory/index.js";
import { jsonCodec } from "../../plugins/codec/json/index.js";
import { protobufCodec } from "../../plugins/codec/protobuf/index.js";
import { memoryRegistry } from "../../plugins/registry/memory/index.js";
import { randomSelector } from "../../plugins/selector/random/index.js";
import { realEnvironment } from "../../plugins/standard/environment.js";
import { memoryTransport } from "../../plugins/transport/memory/index.js";
import { silentLogger } from "../../src/base/logger.js";
import { errorClasses, type ErrorClass } from "../../src/call/error-wire.js";
import { Codecs } from "../../src/codec/codecs.js";
import { Container } from "../../src/plugin/container.js";
import { Registry } from "../../src/registry/registry.js";
import type { Client } from "../../src/client/client.js";
import type { Plugin } from "../../src/plugin/plugin.js";
import type { HandlerDefinition, Server } from "../../src/server/server.js";
import { Assembly } from "../../src/service/assembly.js";
import { slotsOf } from "../../src/service/choose-slots.js";
import { rpcService } from "../../src/service/rpc-service.js";
import { Service } from "../../src/service/service.js";

/** How a {@link greeterApp} is made. */
export interface GreeterAppOptions {
  readonly client: Plugin<Client>;
  readonly server: Plugin<Server>;
  readonly handlers?: readonly (Omit<HandlerDefinition, "service"> &
    Partial<Pick<HandlerDefinition, "service">>)[];
  readonly errors?: readonly ErrorClass[];
}

/** A process that serves `greeter` in the real world. */
export async function greeterApp({
  client,
  server,
  handlers = [],
  errors = [],
}: GreeterAppOptions) {
  const environment = realEnvironment({ logger: silentLogger });
  const root = Container.create();
  const assembly = new Assembly({
    environment,
    root,
    app: {
      name: "greeter",
      settings: {
        text: () => undefined,
        number: (_name, fallback) => fallback,
        duration: (_name, fallbackMs) => fallbackMs,
      },
      errors: errorClasses(errors),
      clientInterceptors: [],
      serverInterceptors: [],
      subscriberInterceptors: [],
    },
    slots: slotsOf(
      {
        transport: memoryTransport(),
        codec: [jsonCodec(), protobufCodec()],
        registry: memoryRegistry(),
        selector: randomSelector(),
        broker: memoryBroker(),
        client,
        server,
        service: rpcService(),
      },
      "test",
      root,
    ),
  });
  const service = await assembly.get(Service);
  for (const handler of handlers)
    service.server.handle(service.server.newHandler({ service: { name: "greeter" }, ...handler }));
  await service.start();
  return {
    client: service.client,
    server: service.server,
    registry: await assembly.get(Registry),
    codecs: await assembly.get(Codecs),
    stop: () => service.stop(),
  };
}

/** What {@link greeterApp} makes. */
export type GreeterApp = Awaited<ReturnType<typeof greeterApp>>;
