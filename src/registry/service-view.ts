import { mergeRecords } from "./merge-records.js";
import type { RegistryEvent, ServiceNode, ServiceRecord } from "./registry.js";
import { sameValue } from "./same-value.js";

interface Version {
  record: ServiceRecord;
  readonly nodes: Map<string, ServiceNode>;
}

/**
 * The nodes of one service as far as known: replaced by a listing, changed by watch events.
 *
 * A change costs the nodes it names; the list is built again when it is next asked for. The list
 * that `records` returns is the same array until something in it changes.
 */
export class ServiceView {
  readonly #versions = new Map<string, Version>();
  #records: readonly ServiceRecord[] | undefined = [];

  /** `changed` is told of every change. */
  constructor(private readonly changed: () => void) {}

  get records(): readonly ServiceRecord[] {
    return (this.#records ??= [...this.#versions.values()].map(({ record, nodes }) => ({
      ...record,
      nodes: [...nodes.values()],
    })));
  }

  /** Takes a full listing: what it does not name is gone. Equal nodes keep the old array. */
  replace(listing: readonly ServiceRecord[]): void {
    const merged = mergeRecords(listing);
    const live = new Map(merged.map((record) => [record.version, record]));
    for (const [version, { nodes }] of this.#versions) {
      const ids = new Set(live.get(version)?.nodes.map((node) => node.id));
      for (const id of nodes.keys()) if (!ids.has(id)) this.#remove(version, id);
    }
    for (const record of merged) this.#put(record, true);
  }

  /** Takes a change. A `delete` that names no nodes means all of them, as in go-micro. */
  apply({ action, service }: RegistryEvent): void {
    if (action !== "delete") {
      this.#put(service, false);
      return;
    }
    if (service.nodes.length === 0) {
      if (this.#versions.size > 0) this.#stale();
      this.#versions.clear();
      return;
    }
    // A node that has moved to another version outlives the news that it left this one.
    const versions = service.version === "" ? [...this.#versions.keys()] : [service.version];
    for (const version of versions)
      for (const node of service.nodes) this.#remove(version, node.id);
  }

  #put(service: ServiceRecord, complete: boolean): void {
    if (service.nodes.length === 0) return;
    for (const node of service.nodes)
      for (const version of this.#versions.keys())
        if (version !== service.version) this.#remove(version, node.id);
    const known = this.#versions.get(service.version);
    const held = known ?? { record: service, nodes: new Map<string, ServiceNode>() };
    if (known === undefined) {
      this.#versions.set(service.version, held);
      this.#stale();
    }
    // Events often come without endpoints; only a listing may take them away.
    const endpoints =
      complete || service.endpoints.length > 0 ? service.endpoints : held.record.endpoints;
    const record = { ...service, endpoints, nodes: [] };
    if (!sameValue({ ...held.record, nodes: [] }, record)) this.#stale();
    held.record = record;
    for (const node of service.nodes) {
      if (sameValue(held.nodes.get(node.id), node)) continue;
      held.nodes.set(node.id, node);
      this.#stale();
    }
  }

  #remove(version: string, id: string): void {
    const held = this.#versions.get(version);
    if (!held?.nodes.delete(id)) return;
    this.#stale();
    if (held.nodes.size === 0) this.#versions.delete(version);
  }

  #stale(): void {
    this.#records = undefined;
    this.changed();
  }
}
