import { NotFound, type Registry, type ServiceRecord } from "../../../src/spi.js";
import { remembering, withFound, wrap, type RegistryMutant } from "./mutant.js";

const eachNode = (records: readonly ServiceRecord[]): ServiceRecord[] =>
  records.flatMap((record) => record.nodes.map((node) => ({ ...record, nodes: [node] })));

/** Registers under a name that `change` makes. */
const renaming =
  (change: (name: string) => string) =>
  (registry: Registry): Registry =>
    wrap(registry, {
      register: (service, options) =>
        registry.register({ ...service, name: change(service.name) }, options),
    });

/** Breaks of writing and reading records. */
export const recordMutants: readonly RegistryMutant[] = [
  {
    name: "loses the endpoints",
    kills: "what is registered is found by a peer, field by field",
    mutate: withFound((records) => records.map((record) => ({ ...record, endpoints: [] }))),
  },
  {
    name: "cannot write letters beyond ASCII",
    kills: "what is registered is found by a peer, field by field",
    mutate: withFound(
      (records) =>
        JSON.parse(JSON.stringify(records).replace(/[^ -~]/g, "?")) as readonly ServiceRecord[],
    ),
  },
  {
    name: "keeps to itself what it registered",
    kills: "what is registered is found by a peer, field by field",
    mutate: (registry) => {
      const { own, register } = remembering(registry);
      const visible = withFound((records) =>
        records.map((record) => ({
          ...record,
          nodes: record.nodes.filter(({ id }) => own.has(id)),
        })),
      );
      return wrap(visible(registry), { register });
    },
  },
  {
    name: "loses the metadata of services",
    kills: "the metadata of a service is found by a peer",
    mutate: withFound((records) => records.map((record) => ({ ...record, metadata: {} }))),
  },
  {
    name: "does not find its own nodes",
    kills: "a registry finds what it registered itself",
    mutate: (registry) => {
      const { own, register } = remembering(registry);
      const visible = withFound((records) =>
        records.flatMap((record) => {
          const nodes = record.nodes.filter(({ id }) => !own.has(id));
          return nodes.length > 0 ? [{ ...record, nodes }] : [];
        }),
      );
      return wrap(visible(registry), { register });
    },
  },
  {
    name: "throws all versions together",
    kills: "versions of a service come as records of their own",
    mutate: withFound(([first, ...rest]) =>
      first ? [{ ...first, nodes: [first, ...rest].flatMap(({ nodes }) => nodes) }] : [],
    ),
  },
  {
    name: "answers a record a node",
    kills: "nodes of one version come as one record, whoever registered them",
    mutate: withFound(eachNode),
  },
  {
    name: "keeps the first node that registers with a version",
    kills: "nodes of one version come as one record, whoever registered them",
    mutate: withFound((records) =>
      records.map((record) => ({ ...record, nodes: record.nodes.slice(0, 1) })),
    ),
  },
  {
    name: "takes no second registration of an id",
    kills: "registering an id again replaces the node",
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
    name: "tells nodes apart by address",
    kills: "registering an id again replaces the node",
    mutate: (registry) =>
      wrap(registry, {
        register: (service, options) => {
          const nodes = service.nodes.map((node) => ({
            ...node,
            id: `${node.id}@${node.address}`,
          }));
          return registry.register({ ...service, nodes }, options);
        },
        getService: async (name, options) =>
          (await registry.getService(name, options)).map((record) => ({
            ...record,
            nodes: record.nodes.map((node) => ({ ...node, id: node.id.replace(/@.*/, "") })),
          })),
      }),
  },
  {
    name: "keeps a node in every version that it ever had",
    kills: "a node that changes its version leaves the old one",
    mutate: (registry) => {
      const all: ServiceRecord[] = [];
      return wrap(registry, {
        register: (service, options) => {
          all.push(service);
          return registry.register(service, options);
        },
        getService: async (name, options) => {
          const found = await registry.getService(name, options);
          const versions = new Set(found.map(({ version }) => version));
          return [
            ...found,
            ...all.filter((old) => old.name === name && !versions.has(old.version)),
          ];
        },
      });
    },
  },
  {
    name: "deregisters nothing",
    kills: "a deregistered node is gone, and no other",
    mutate: (registry) => wrap(registry, { deregister: async () => undefined }),
  },
  {
    name: "deregisters all nodes of a service",
    kills: "a deregistered node is gone, and no other",
    mutate: (registry) =>
      wrap(registry, {
        deregister: async ({ name }, options) => {
          for (const record of await registry.getService(name))
            await registry.deregister(record, options);
        },
      }),
  },
  {
    name: "complains of nodes that are not there",
    kills: "deregistering what is not there does nothing",
    mutate: (registry) =>
      wrap(registry, {
        deregister: async (service, options) => {
          const found = await registry.getService(service.name);
          const ids = new Set(found.flatMap(({ nodes }) => nodes.map(({ id }) => id)));
          if (!service.nodes.every(({ id }) => ids.has(id))) throw new NotFound("no such node");
          await registry.deregister(service, options);
        },
      }),
  },
  {
    name: "throws for a service that nobody serves",
    kills: "a service of which nobody heard is empty",
    mutate: withFound((records) => {
      if (records.length === 0) throw new NotFound("no such service");
      return records;
    }),
  },
  {
    name: "takes a name for the beginning of names",
    kills: "a service is not found by a part of its name",
    mutate: (registry) =>
      wrap(registry, {
        getService: async (name, options) => {
          const names = (await registry.listServices()).filter((other) => other.startsWith(name));
          const found = await Promise.all(
            names.map((other) => registry.getService(other, options)),
          );
          return found.flat();
        },
      }),
  },
  {
    name: "lists services for ever",
    kills: "services with nodes are listed, others are not",
    mutate: (registry) => {
      const ever = new Set<string>();
      return wrap(registry, {
        listServices: async (options) => {
          for (const name of await registry.listServices(options)) ever.add(name);
          return [...ever];
        },
      });
    },
  },
  {
    name: "lists nothing",
    kills: "services with nodes are listed, others are not",
    mutate: (registry) => wrap(registry, { listServices: async () => [] }),
  },
  {
    name: "writes names in ASCII",
    kills: "names may hold dots, spaces and letters of any language",
    mutate: renaming((name) => name.replace(/[^ -~]/g, "_")),
  },
];
