import type { Registry, RegistryWatcher, ServiceNode } from "../../../src/spi.js";
import { remembering, withEvents, wrap, type RegistryMutant } from "./mutant.js";

/** Tells only of nodes for which `tells` holds, given those that were registered here. */
const telling =
  (tells: (own: ReadonlySet<string>, id: string) => boolean) =>
  (registry: Registry): Registry => {
    const { own, register } = remembering(registry);
    const watched = withEvents(
      () => (event) => (event.service.nodes.every(({ id }) => tells(own, id)) ? event : undefined),
    );
    return wrap(watched(registry), { register });
  };

/** Breaks of watching. */
export const watchMutants: readonly RegistryMutant[] = [
  {
    name: "tells of its own nodes alone",
    kills: "a watch tells of a node that a peer registers",
    mutate: telling((own, id) => own.has(id)),
  },
  {
    name: "tells of nodes without their address",
    kills: "a watch tells of a node that a peer registers",
    mutate: withEvents(() => (event) => ({
      ...event,
      service: {
        ...event.service,
        nodes: event.service.nodes.map((node) => ({ ...node, address: "" })),
      },
    })),
  },
  {
    name: "tells of each node once",
    kills: "a watch tells of a node that changes",
    mutate: withEvents(() => {
      const told = new Set<string>();
      return (event) => {
        const id = `${event.action === "delete"} ${event.service.nodes[0]?.id}`;
        return told.has(id) ? undefined : (told.add(id), event);
      };
    }),
  },
  {
    name: "tells of leaving without saying who",
    kills: "a watch tells of a node that leaves, by its id",
    mutate: withEvents(
      () => (event) =>
        event.action === "delete" ? { ...event, service: { ...event.service, nodes: [] } } : event,
    ),
  },
  {
    name: "tells that all leave when one does",
    kills: "a watch tells of a node that leaves, by its id",
    mutate: withEvents(() => {
      const nodes = new Map<string, ServiceNode>();
      return (event) => {
        for (const node of event.service.nodes) nodes.set(node.id, node);
        if (event.action !== "delete") return event;
        return { ...event, service: { ...event.service, nodes: [...nodes.values()] } };
      };
    }),
  },
  {
    name: "tells of others' nodes alone",
    kills: "a watch tells of what its own registry does",
    mutate: telling((own, id) => !own.has(id)),
  },
  {
    name: "watches everything whatever it is asked",
    kills: "a watch of one service tells of no other",
    mutate: (registry) =>
      wrap(registry, {
        watch: ({ signal } = {}) => registry.watch(signal ? { signal } : {}),
      }),
  },
  {
    name: "watches the first service that it hears of",
    kills: "a watch without a service tells of all",
    mutate: withEvents(() => {
      let first: string | undefined;
      return (event) => ((first ??= event.service.name) === event.service.name ? event : undefined);
    }),
  },
  {
    name: "cannot close a watch",
    kills: "closing a watch, even twice, ends its iteration alone",
    mutate: (registry) =>
      wrap(registry, {
        watch: async (options) => {
          const watcher = await registry.watch(options);
          return {
            [Symbol.asyncIterator]: () => watcher[Symbol.asyncIterator](),
            close: async () => undefined,
          };
        },
      }),
  },
  {
    name: "closes all watches with one",
    kills: "closing a watch, even twice, ends its iteration alone",
    mutate: (registry) => {
      const watchers: RegistryWatcher[] = [];
      return wrap(registry, {
        watch: async (options) => {
          const watcher = await registry.watch(options);
          watchers.push(watcher);
          return {
            [Symbol.asyncIterator]: () => watcher[Symbol.asyncIterator](),
            close: async () => {
              for (const each of watchers) await each.close();
            },
          };
        },
      });
    },
  },
  {
    name: "watches on after an abort",
    kills: "aborting the signal ends a watch",
    mutate: (registry) =>
      wrap(registry, {
        watch: ({ service } = {}) => registry.watch(service === undefined ? {} : { service }),
      }),
  },
];
