import type { RegistryEvent, ServiceNode, ServiceRecord } from "../../../src/spi.js";

/** One node as stored: its record without the other nodes, and who registered it. */
export interface MemoryEntry {
  readonly service: ServiceRecord;
  readonly node: ServiceNode;
  /** Whoever registered the node last; its TTL and its withdrawal are theirs. */
  readonly owner: object;
  /** Called when the entry is replaced or removed. */
  readonly release: () => void;
}

/** Records shared by the memory registries of one process. Opaque: pass it to `memoryRegistry`. */
export interface MemoryRegistryHub {
  /** Stores the entry, then announces it. */
  put(entry: MemoryEntry): void;
  /** Removes the node, then announces that, provided it is there and `owner`, if given, owns it. */
  remove(service: string, nodeId: string, owner?: object): void;
  entries(service: string): readonly MemoryEntry[];
  services(): readonly string[];
  /** Calls `listener` for every change from now on; the result stops that. */
  subscribe(listener: (event: RegistryEvent) => void): () => void;
}

/** Makes a place for records that several apps of one process can share. */
export function memoryRegistryHub(): MemoryRegistryHub {
  const services = new Map<string, Map<string, MemoryEntry>>();
  const listeners = new Set<(event: RegistryEvent) => void>();
  const announce = (action: RegistryEvent["action"], { service, node }: MemoryEntry): void => {
    for (const listener of [...listeners])
      listener({ action, service: { ...service, nodes: [node] } });
  };

  return {
    put(entry) {
      const { name } = entry.service;
      const nodes = services.get(name) ?? new Map<string, MemoryEntry>();
      services.set(name, nodes);
      const former = nodes.get(entry.node.id);
      former?.release();
      nodes.set(entry.node.id, entry);
      announce(former ? "update" : "create", entry);
    },
    remove(service, nodeId, owner) {
      const nodes = services.get(service);
      const entry = nodes?.get(nodeId);
      if (!nodes || !entry || (owner !== undefined && entry.owner !== owner)) return;
      entry.release();
      nodes.delete(nodeId);
      if (nodes.size === 0) services.delete(service);
      announce("delete", entry);
    },
    entries: (service) => [...(services.get(service)?.values() ?? [])],
    services: () => [...services.keys()],
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
