import type { ServiceRecord } from "../../../src/spi.js";
import { brokenHandler, brokenServer, onRegistry, type PairMutant } from "../pair/mutant.js";

const where = "a registered node says where and how to call it";
const own = "each service of a process has its own record";
const advertised = "endpoints are advertised with what callers need";
const listed = "handlers are listed by name, then subscribers";
const gone = "a deregistered node is found no more, and serves on";

/** Writes something else into the registry. */
const writing = (change: (record: ServiceRecord) => ServiceRecord) =>
  onRegistry((registry) => ({
    register: (record, options) => registry.register(change(record), options),
  }));

const withNode = (change: (node: ServiceRecord["nodes"][0]) => object) =>
  writing((record) => ({
    ...record,
    nodes: record.nodes.map((node) => ({ ...node, ...change(node) })),
  }));

const withoutMetadata = (...names: string[]) =>
  withNode(({ metadata }) => ({
    metadata: Object.fromEntries(
      Object.entries(metadata).filter(([name]) => !names.includes(name)),
    ),
  }));

const withEndpoint = (change: (metadata: Readonly<Record<string, string>>) => object) =>
  writing((record) => ({
    ...record,
    endpoints: record.endpoints.map((endpoint) => ({
      ...endpoint,
      metadata: { ...change(endpoint.metadata) },
    })),
  }));

const withoutFlag = (flag: string) =>
  withEndpoint((metadata) =>
    Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== flag)),
  );

/** Breaks of what a registry is told. */
export const registrationMutants: readonly PairMutant[] = [
  {
    name: "registers at its start",
    kills: where,
    broken: brokenServer((server) => ({
      start: async () => {
        await server.start();
        await server.register();
      },
    })),
  },
  { name: "registers where it is not", kills: where, broken: withNode(() => ({ address: ":0" })) },
  {
    name: "calls all its nodes by the service's name",
    kills: where,
    broken: writing((record) => ({
      ...record,
      nodes: record.nodes.map((node) => ({ ...node, id: record.name })),
    })),
  },
  ...["protocol", "server", "registry", "broker", "transport"].map((name): PairMutant => ({
    name: `does not tell its ${name}`,
    kills: where,
    broken: withoutMetadata(name),
  })),
  {
    name: "gives every service one version",
    kills: own,
    broken: writing((record) => ({ ...record, version: "1.2.0" })),
  },
  {
    name: "lists its endpoints under the first service",
    kills: own,
    broken: brokenServer((server) => {
      let first: string | undefined;
      return {
        newHandler: (definition) => {
          first ??= definition.service.name;
          return server.newHandler({
            ...definition,
            service: { ...definition.service, name: first },
          });
        },
      };
    }),
  },
  { name: "keeps a service's metadata back", kills: own, broken: withoutMetadata("zone") },
  ...["idempotent", "stream", "reply-stream", "description"].map((flag): PairMutant => ({
    name: `does not advertise "${flag}"`,
    kills: advertised,
    broken: withoutFlag(flag),
  })),
  {
    name: "advertises endpoints as they came",
    kills: listed,
    broken: writing((record) => ({ ...record, endpoints: [...record.endpoints].reverse() })),
  },
  {
    name: "keeps quiet about subscribers",
    kills: listed,
    broken: writing((record) => ({
      ...record,
      endpoints: record.endpoints.filter(({ metadata }) => !metadata["subscriber"]),
    })),
  },
  { name: "does not say what it listens to", kills: listed, broken: withoutFlag("topic") },
  {
    name: "tells of its internals",
    kills: "internal handlers are not advertised",
    broken: brokenHandler(({ internal: _, ...definition }) => definition),
  },
  {
    name: "stays in the registry",
    kills: gone,
    broken: brokenServer(() => ({ deregister: async () => undefined })),
  },
  {
    name: "stops when it leaves the registry",
    kills: gone,
    broken: brokenServer((server) => ({
      deregister: async () => {
        await server.stop({ timeoutMs: 0 });
      },
    })),
  },
  {
    name: "registers when it feels like it",
    kills: "before its start a server does not register",
    broken: brokenServer((server) => ({
      register: () => server.register().catch(() => undefined),
    })),
  },
];
