import type {
  RegisterOptions,
  Registry,
  RegistryWatcher,
  ServiceNode,
  ServiceRecord,
} from "../../src/registry/registry.js";
import type { Clock } from "../../src/base/environment.js";
import { Unavailable } from "../../src/base/errors.js";

interface Row {
  readonly service: ServiceRecord;
  readonly node: ServiceNode;
  readonly expires: number;
}

/** A registry that is a table, for tests of what uses one. It can be made unreachable; it has no watch. */
export class TableRegistry implements Registry {
  readonly name = "table";
  /** How often the table was asked for a service. */
  lookups = 0;
  reachable = true;
  private readonly rows = new Map<string, Row>();

  constructor(private readonly clock: Clock) {}

  async register(
    service: ServiceRecord,
    { ttlMs = Infinity }: RegisterOptions = {},
  ): Promise<void> {
    this.reach();
    const expires = this.clock.monotonic() + ttlMs;
    for (const node of service.nodes) this.rows.set(node.id, { service, node, expires });
  }

  async deregister(service: ServiceRecord): Promise<void> {
    this.reach();
    for (const { id } of service.nodes) this.rows.delete(id);
  }

  async getService(name: string): Promise<readonly ServiceRecord[]> {
    this.lookups += 1;
    await Promise.resolve();
    this.reach();
    return [...this.rows.values()]
      .filter(({ service, expires }) => service.name === name && expires > this.clock.monotonic())
      .map(({ service, node }) => ({ ...service, nodes: [node] }));
  }

  async listServices(): Promise<readonly string[]> {
    return [...new Set([...this.rows.values()].map(({ service }) => service.name))];
  }

  watch(): Promise<RegistryWatcher> {
    throw new Error("a table cannot be watched");
  }

  async close(): Promise<void> {
    this.rows.clear();
  }

  private reach(): void {
    if (!this.reachable)
      throw new Unavailable("the table is unreachable", { reason: "registry.unreachable" });
  }
}
