import type { Registry } from "../../../src/spi.js";
import { withEvents, wrap, type RegistryMutant } from "./mutant.js";

const afterClose = "after close every method rejects with Unavailable";
const aborted = "a signal that has aborted is refused as Canceled";

/** Keeps `close` from the registry underneath. */
const neverClosed = (registry: Registry): Registry =>
  wrap(registry, { close: async () => undefined });

/** Breaks of lifetimes: TTL, close, abort. */
export const lifetimeMutants: readonly RegistryMutant[] = [
  {
    name: "forgets the TTL",
    kills: "a node vanishes when its TTL is over",
    mutate: (registry) => wrap(registry, { register: (service) => registry.register(service) }),
  },
  {
    name: "lets every node vanish",
    kills: "a node vanishes when its TTL is over",
    mutate: (registry) =>
      wrap(registry, {
        register: (service, options) => registry.register(service, { ttlMs: 1_000, ...options }),
      }),
  },
  {
    name: "renews no TTL",
    kills: "registering again within the TTL keeps a node",
    mutate: (registry) => {
      const taken = new Set<string>();
      return wrap(registry, {
        register: async (service, options) => {
          const nodes = service.nodes.filter(({ id }) => !taken.has(id));
          for (const { id } of nodes) taken.add(id);
          await registry.register({ ...service, nodes }, options);
        },
      });
    },
  },
  {
    name: "forgets the TTL when it is renewed",
    kills: "registering again within the TTL keeps a node",
    mutate: (registry) => wrap(registry, { register: (service) => registry.register(service) }),
  },
  {
    name: "lets nodes vanish in silence",
    kills: "a watch tells of a node whose TTL is over",
    mutate: withEvents(() => (event) => (event.action === "delete" ? undefined : event)),
  },
  {
    name: "leaves its nodes behind",
    kills: "close withdraws what was registered here, and nothing else",
    mutate: neverClosed,
  },
  {
    name: "withdraws everybody's nodes",
    kills: "close withdraws what was registered here, and nothing else",
    mutate: (registry) =>
      wrap(registry, {
        close: async () => {
          for (const name of await registry.listServices())
            for (const record of await registry.getService(name)) await registry.deregister(record);
          await registry.close();
        },
      }),
  },
  {
    name: "closes once",
    kills: "close can be called twice",
    mutate: (registry) => {
      let closed = false;
      return wrap(registry, {
        close: async () => {
          if (closed) throw new Error("closed before");
          closed = true;
          await registry.close();
        },
      });
    },
  },
  { name: "leaves watches open", kills: "close ends the watches", mutate: neverClosed },
  { name: "works on after close", kills: afterClose, mutate: neverClosed },
  ...(["register", "deregister", "getService", "listServices", "watch"] as const).map(
    (method): RegistryMutant => ({
      name: `takes a ${method} after close as a joke`,
      kills: afterClose,
      mutate: (registry) => {
        let closed = false;
        return wrap(registry, {
          [method]: async (...how: never[]) =>
            closed ? [] : (registry[method] as (...how: never[]) => unknown)(...how),
          close: async () => {
            closed = true;
            await registry.close();
          },
        });
      },
    }),
  ),
  ...(["register", "deregister", "getService", "listServices", "watch"] as const).map(
    (method): RegistryMutant => ({
      name: `does not look at the signal of ${method}`,
      kills: aborted,
      mutate: (registry) =>
        wrap(registry, {
          [method]: (first: object) =>
            method === "watch" || method === "listServices"
              ? registry[method]()
              : (registry[method] as (first: object) => unknown)(first),
        }),
    }),
  ),
];
