/** A registry of fixed records whose watches tell what they are told to: it costs nothing itself. */
import { definePlugin, EventQueue, Registry } from "plugboard/spi";

export class TableRegistry {
  name = "table";
  records = new Map();
  watches = new Map();

  /** `services` services of `nodesEach` nodes. */
  constructor(services, nodesEach) {
    for (let service = 0; service < services; service++) {
      const name = `service-${service}`;
      const nodes = Array.from({ length: nodesEach }, (_, node) => nodeOf(name, node));
      this.records.set(name, { name, version: "1.0.0", metadata: {}, endpoints: [], nodes });
    }
  }

  plugin = () => definePlugin(Registry, "table", () => this);

  /** Tells the watches of a service that one of its nodes has changed, without storing it. */
  announce(name, node) {
    const service = { ...this.records.get(name), nodes: [node] };
    for (const watch of this.watches.get(name) ?? []) watch.push({ action: "update", service });
  }

  async register(record) {
    this.records.set(record.name, record);
  }

  async deregister() {}

  async getService(name) {
    const record = this.records.get(name);
    return record ? [record] : [];
  }

  listServices = async () => [...this.records.keys()];

  async watch({ service } = {}) {
    const watches = this.watches.get(service) ?? new Set();
    this.watches.set(service, watches);
    const queue = new EventQueue(() => watches.delete(queue));
    watches.add(queue);
    return queue;
  }

  async close() {
    for (const watches of this.watches.values())
      for (const watch of [...watches]) await watch.close();
  }
}

/** Node `index` of a service; `revision` is in its metadata. */
export const nodeOf = (service, index, revision = 0) => ({
  id: `${service}-${index}`,
  address: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}:8080`,
  metadata: { protocol: "mucp", plugboard: "1", zone: `z${index % 3}`, revision: String(revision) },
});
