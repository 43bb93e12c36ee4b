import type { Environment, Registry, RegistryEvent } from "../../../src/spi.js";
import { etcdRegistry, type EtcdRegistryOptions } from "../../../plugins/registry/etcd/index.js";
import { follow, nodeOf, recordOf, type Seen } from "../../contracts/registry/samples.js";
import { realWorld, type LogLine } from "../support/real-world.js";
import type { EtcdServer } from "./etcd-server.js";

/** A registry of a process of its own, as far as etcd can see. */
export interface OpenRegistry extends AsyncDisposable {
  readonly registry: Registry;
  readonly log: readonly LogLine[];
  /** Registers a node; its service is what is before the last hyphen of its id. */
  register(id: string, ttlMs?: number, address?: string): Promise<void>;
  deregister(id: string): Promise<void>;
  /** Ids of a service's nodes, sorted. */
  ids(service: string): Promise<string[]>;
  watch(service: string): Promise<Seen>;
}

/** Opens a registry on an etcd. */
export async function openRegistry(
  etcd: EtcdServer,
  options: EtcdRegistryOptions = {},
  world: { readonly environment: Environment; readonly log: readonly LogLine[] } = realWorld(),
): Promise<OpenRegistry> {
  const plugin = etcdRegistry({ endpoints: etcd.endpoints, ...options });
  const registry = await plugin.create(world.environment);
  const record = (id: string, address?: string) => recordOf(serviceOf(id), [nodeOf(id, address)]);
  return {
    registry,
    log: world.log,
    register: (id, ttlMs, address) =>
      registry.register(record(id, address), ttlMs === undefined ? {} : { ttlMs }),
    deregister: (id) => registry.deregister(record(id)),
    ids: async (service) =>
      (await registry.getService(service)).flatMap(({ nodes }) => nodes.map(({ id }) => id)).sort(),
    watch: async (service) => follow(await registry.watch({ service })),
    [Symbol.asyncDispose]: () => registry.close(),
  };
}

const serviceOf = (id: string): string => id.slice(0, id.lastIndexOf("-"));

/** The events in short, such as `create shop-1`. */
export const inShort = (events: readonly RegistryEvent[]): string[] =>
  events.map(({ action, service }) => `${action} ${service.nodes.map(({ id }) => id).join()}`);

/** Lets time pass. For faults that last; to wait for something there is `eventually`. */
export const elapse = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
