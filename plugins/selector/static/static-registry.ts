import {
  NotImplemented,
  type Registry,
  type RegistryWatcher,
  type ServiceRecord,
} from "../../../src/spi.js";

const fixed = (): NotImplemented =>
  new NotImplemented("the static selector's list does not change", {
    reason: "registry.static",
    retry: "never",
  });

/** Reads a list of services that never changes. */
export class StaticRegistry implements Registry {
  readonly name = "the static selector's list";

  constructor(private readonly records: ReadonlyMap<string, ServiceRecord>) {}

  async getService(name: string): Promise<readonly ServiceRecord[]> {
    const record = this.records.get(name);
    return record ? [record] : [];
  }

  async listServices(): Promise<readonly string[]> {
    return [...this.records.keys()];
  }

  async register(): Promise<void> {
    throw fixed();
  }

  async deregister(): Promise<void> {
    throw fixed();
  }

  async watch(): Promise<RegistryWatcher> {
    throw fixed();
  }

  async close(): Promise<void> {}
}
