import type { EndpointRecord, ServiceNode, ServiceRecord } from "./registry.js";

interface Group {
  readonly name: string;
  readonly version: string;
  metadata: Readonly<Record<string, string>>;
  endpoints: readonly EndpointRecord[];
  readonly nodes: Map<string, ServiceNode>;
}

/**
 * One record per name and version, in the order first seen, with every node once.
 *
 * Later wins: a node id seen again takes the later address and metadata, and moves to the later
 * version; a group takes the later metadata, and the later endpoints unless those are empty.
 * Groups left without nodes are dropped. The arguments stay as they are.
 */
export function mergeRecords(records: Iterable<ServiceRecord>): ServiceRecord[] {
  const groups = new Map<string, Group>();
  const homes = new Map<string, Group>();
  for (const record of records) {
    const { name, version, metadata, endpoints } = record;
    const key = JSON.stringify([name, version]);
    let group = groups.get(key);
    if (group === undefined) {
      group = { name, version, metadata, endpoints, nodes: new Map() };
      groups.set(key, group);
    } else {
      group.metadata = metadata;
      if (endpoints.length > 0) group.endpoints = endpoints;
    }
    for (const node of record.nodes) {
      const identity = JSON.stringify([name, node.id]);
      const home = homes.get(identity);
      if (home !== group) home?.nodes.delete(node.id);
      homes.set(identity, group);
      group.nodes.set(node.id, node);
    }
  }
  return [...groups.values()]
    .filter((group) => group.nodes.size > 0)
    .map((group) => ({ ...group, nodes: [...group.nodes.values()] }));
}
