import { memoryBroker, memoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { jsonCodec } from "../../plugins/codec/json/index.js";
import { protobufCodec } from "../../plugins/codec/protobuf/index.js";
import { memoryRegistry, memoryRegistryHub } from "../../plugins/registry/memory/index.js";
import { randomSelector } from "../../plugins/selector/random/index.js";
import { Broker } from "../../src/broker/broker.js";
import type { AppOptions } from "../../src/call/app-options.js";
import type { Client } from "../../src/client/client.js";
import { rpcClient, type RpcClientOptions } from "../../src/client/rpc-client.js";
import { Container } from "../../src/plugin/container.js";
import type { Plugin } from "../../src/plugin/plugin.js";
import { Registry } from "../../src/registry/registry.js";
import { rpcServer, type RpcServerOptions } from "../../src/server/rpc-server.js";
import type { Server } from "../../src/server/server.js";
import { Assembly } from "../../src/service/assembly.js";
import { rpcService } from "../../src/service/rpc-service.js";
import { readSettings } from "../../src/service/settings.js";
import { slotsOf } from "../../src/service/choose-slots.js";
import { Service } from "../../src/service/service.js";
import type { Plugins } from "../../src/service/slots.js";
import type { Transport } from "../../src/transport/transport.js";
import type { PairBreak, PairHarness, PairNode, PairOptions } from "../contracts/pair/harness.js";
import type { ServiceBreak, ServiceHarness } from "../contracts/service/harness.js";
import { eventually } from "./broker-harness.js";
import { virtualWorld, type VirtualEnvironment, type VirtualWorld } from "./virtual-environment.js";
import type { VirtualProcessOptions } from "./virtual-process.js";

/** What the processes of a harness are built from. */
export interface PairParts {
  /** One for each process. */
  readonly transport: (world: VirtualWorld) => () => Plugin<Transport>;
  readonly client?: (options: RpcClientOptions) => Plugin<Client>;
  readonly server?: (options: RpcServerOptions) => Plugin<Server>;
}

/** A process with all its parts. */
export interface EngineNode extends PairNode {
  readonly service: Service;
  readonly assembly: Assembly;
  readonly environment: VirtualEnvironment;
  /** Ends everything, whatever it takes. */
  end(): Promise<void>;
}

/** Makes processes that share one virtual world. */
export function engineNodes(
  world: VirtualWorld,
  { transport, client = rpcClient, server = rpcServer }: PairParts,
  broken: PairBreak = {},
): (options?: PairOptions, more?: Plugins, process?: VirtualProcessOptions) => Promise<EngineNode> {
  const registryHub = memoryRegistryHub();
  const brokerHub = memoryBrokerHub();
  const nextTransport = transport(world);
  let hosts = 0;
  return async (options = {}, more = {}, process = {}) => {
    const host = `10.0.0.${(hosts += 1)}`;
    const environment = world.environment(host, process);
    const root = Container.create();
    const told = broken.options?.(options) ?? options;
    const { clientInterceptors = [], serverInterceptors = [], maxConcurrentCalls } = told;
    const app: AppOptions = {
      name: `app-${hosts}`,
      settings: readSettings(environment.process),
      errors: new Map(),
      clientInterceptors,
      serverInterceptors,
      subscriberInterceptors: serverInterceptors,
    };
    const limits = maxConcurrentCalls === undefined ? {} : { maxConcurrentCalls };
    const plugins: Plugins = {
      transport: nextTransport(),
      codec: [jsonCodec(), protobufCodec()],
      registry: memoryRegistry({ hub: registryHub }),
      selector: randomSelector(),
      broker: memoryBroker({ hub: brokerHub }),
      client: (broken.client ?? same)(client({})),
      server: (broken.server ?? same)(server({ address: `${host}:0`, ...limits })),
      service: rpcService(),
      ...more,
    };
    const assembly = new Assembly({
      environment,
      app,
      root,
      slots: slotsOf(plugins, "test", root),
    });
    const made = await assembly.get(Service);
    assembly.ambient.observe();
    return node(made, assembly, environment);
  };
}

const same = <T>(value: T): T => value;

async function node(
  service: Service,
  assembly: Assembly,
  environment: VirtualEnvironment,
): Promise<EngineNode> {
  const broker = await assembly.get(Broker);
  const registry = await assembly.get(Registry);
  const { client, server } = service;
  return {
    service,
    assembly,
    environment,
    client,
    server,
    broker,
    registry,
    start: async () => {
      await broker.connect();
      await server.start();
      await server.register();
    },
    end: async () => {
      await service.stop();
    },
  };
}

/** A harness in a virtual world, for clauses about clients and servers. */
export async function virtualPairHarness(
  parts: PairParts,
  broken?: PairBreak,
): Promise<PairHarness & AsyncDisposable> {
  const { harness, peer } = await worldOf(parts, broken);
  return { ...harness, peer };
}

/** A harness in a virtual world, for clauses about services. */
export async function virtualServiceHarness(
  parts: PairParts,
  { service = same }: ServiceBreak = {},
): Promise<ServiceHarness & AsyncDisposable> {
  const { harness, peer } = await worldOf(parts);
  const made = await peer({}, { service: service(rpcService()) });
  const { process } = made.environment;
  return {
    ...harness,
    process: {
      ...made,
      raise: (signal) => process.raise(signal),
      exitCode: () => process.exitCode,
    },
  };
}

async function worldOf(parts: PairParts, broken?: PairBreak) {
  const world = virtualWorld();
  const make = engineNodes(world, parts, broken);
  const nodes: EngineNode[] = [];
  const peer = async (options?: PairOptions, more?: Plugins): Promise<EngineNode> => {
    const made = await make(options, more);
    nodes.push(made);
    return made;
  };
  let services = 0;
  const first = await peer();
  await first.broker.connect();
  const harness: PairHarness & AsyncDisposable = {
    ...first,
    peer,
    service: () => `service-${(services += 1)}`,
    deadAddress: "10.0.0.1:9",
    logs: () => world.logs,
    elapse: (ms) => world.clock.advance(ms),
    eventually: (check) => eventually(world, check),
    [Symbol.asyncDispose]: async () => {
      let running = nodes.length;
      for (const each of nodes)
        void each
          .end()
          .catch(() => undefined)
          .finally(() => (running -= 1));
      await world.clock.advance(60_000);
      if (running > 0) throw new Error(`${running} processes do not end`);
    },
  };
  return { harness, peer };
}
