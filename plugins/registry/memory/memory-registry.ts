import {
  Canceled,
  EventQueue,
  mergeRecords,
  Unavailable,
  type Environment,
  type RegisterOptions,
  type Registry,
  type RegistryWatcher,
  type ServiceRecord,
} from "../../../src/spi.js";
import type { MemoryRegistryHub } from "./hub.js";

interface Signalled {
  readonly signal?: AbortSignal;
}

/** One app's view of a hub. What it registered goes with it. */
export class MemoryRegistry implements Registry {
  readonly name = "memory";
  readonly #own = new Map<string, { readonly service: string; readonly nodeId: string }>();
  readonly #watchers = new Set<EventQueue>();
  #closed = false;

  constructor(
    private readonly hub: MemoryRegistryHub,
    private readonly environment: Environment,
  ) {}

  async register(service: ServiceRecord, { ttlMs, signal }: RegisterOptions = {}): Promise<void> {
    this.#check(signal);
    const { nodes, ...rest } = frozenCopy(service);
    for (const node of nodes) {
      const expire = (): void => this.hub.remove(service.name, node.id, this);
      const timer =
        ttlMs === undefined
          ? undefined
          : this.environment.timers.after(ttlMs, expire, { background: true });
      const key = JSON.stringify([service.name, node.id]);
      this.hub.put({
        service: { ...rest, nodes: [] },
        node,
        owner: this,
        release: () => {
          timer?.cancel();
          this.#own.delete(key);
        },
      });
      this.#own.set(key, { service: service.name, nodeId: node.id });
    }
  }

  async deregister(service: ServiceRecord, { signal }: Signalled = {}): Promise<void> {
    this.#check(signal);
    for (const node of service.nodes) this.hub.remove(service.name, node.id);
  }

  async getService(name: string, { signal }: Signalled = {}): Promise<readonly ServiceRecord[]> {
    this.#check(signal);
    const entries = this.hub.entries(name);
    return mergeRecords(entries.map(({ service, node }) => ({ ...service, nodes: [node] })));
  }

  async listServices({ signal }: Signalled = {}): Promise<readonly string[]> {
    this.#check(signal);
    return this.hub.services();
  }

  async watch({
    service,
    signal,
  }: Signalled & { readonly service?: string } = {}): Promise<RegistryWatcher> {
    this.#check(signal);
    const unsubscribe = this.hub.subscribe((event) => {
      if (service === undefined || event.service.name === service) watcher.push(event);
    });
    const end = (): void => void watcher.close();
    const watcher = new EventQueue(() => {
      unsubscribe();
      this.#watchers.delete(watcher);
      signal?.removeEventListener("abort", end);
    });
    signal?.addEventListener("abort", end, { once: true });
    this.#watchers.add(watcher);
    return watcher;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { service, nodeId } of [...this.#own.values()])
      this.hub.remove(service, nodeId, this);
    for (const watcher of [...this.#watchers]) await watcher.close();
  }

  #check(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw new Canceled("canceled", { cause: signal.reason });
    if (this.#closed)
      throw new Unavailable("the registry is closed", { reason: "registry.closed" });
  }
}

/** A copy that neither side can change: what is registered is shared by all who find it. */
const frozenCopy = (service: ServiceRecord): ServiceRecord =>
  frozen(JSON.parse(JSON.stringify(service)) as ServiceRecord);

function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value) as unknown[])
    if (typeof part === "object" && part !== null) frozen(part);
  return Object.freeze(value);
}
