import type {
  RegistryEvent,
  RegistryWatcher,
  ServiceNode,
  ServiceRecord,
} from "../../../src/spi.js";

/** A node called `id`. */
export const nodeOf = (
  id: string,
  address = "127.0.0.1:8080",
  metadata: Readonly<Record<string, string>> = { protocol: "mucp" },
): ServiceNode => ({ id, address, metadata });

/** A record of `name` with these nodes and nothing else. */
export const recordOf = (
  name: string,
  nodes: readonly ServiceNode[],
  version = "1.0.0",
): ServiceRecord => ({ name, version, metadata: {}, endpoints: [], nodes });

/** A record that uses every field. */
export const fullRecord = (name: string): ServiceRecord => ({
  ...recordOf(name, [nodeOf(`${name}-1`, "10.1.2.3:40123", { protocol: "mucp", zone: "é–世界" })]),
  endpoints: [
    {
      name: "Say.Hello",
      request: {
        name: "Request",
        type: "Request",
        values: [
          { name: "name", type: "string", values: [] },
          {
            name: "tags",
            type: "[]Tag",
            values: [{ name: "größe", type: "int64", values: [] }],
          },
        ],
      },
      response: { name: "Response", type: "Response", values: [] },
      metadata: { stream: "true" },
    },
    { name: "Func", metadata: { topic: "my.topic" } },
  ],
});

/** Ids of all nodes, sorted. */
export const idsOf = (records: readonly ServiceRecord[]): string[] =>
  plain(records)
    .flatMap(({ nodes }) => nodes.map(({ id }) => id))
    .sort();

/** The value as JSON says it: own prototypes, and no keys that are undefined. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What a watch has told so far. */
export interface Seen {
  readonly events: readonly RegistryEvent[];
  /** Whether, and how, the iteration came to its end. */
  readonly end: "none" | "closed" | "failed";
  /** Whether a node was told of with one of the actions. */
  has(id: string, ...actions: readonly RegistryEvent["action"][]): boolean;
}

/** Reads a watch to its end. */
export function follow(watcher: RegistryWatcher): Seen {
  const events: RegistryEvent[] = [];
  const seen = {
    events,
    end: "none" as Seen["end"],
    has: (id: string, ...actions: readonly RegistryEvent["action"][]) =>
      events.some(
        ({ action, service }) =>
          actions.includes(action) && service.nodes.some((node) => node.id === id),
      ),
  };
  const read = async (): Promise<void> => {
    for await (const event of watcher) events.push(event);
  };
  read().then(
    () => (seen.end = "closed"),
    () => (seen.end = "failed"),
  );
  return seen;
}
