import type { Registry, ServiceRecord } from "../../index.js";
import { EventQueue, type RegisterOptions, type RegistryWatcher } from "../../src/spi.js";
import type { ServerLink } from "../support/server-link.js";

interface Signalled {
  readonly signal?: AbortSignal;
}

/** A registry elsewhere: what a node asks and is told travels over the network. */
export class RemoteRegistry implements Registry {
  readonly name: string;
  readonly #watchers = new Set<RegistryWatcher>();
  /** As the registry has them. */
  readonly #watched = new Set<RegistryWatcher>();

  constructor(
    private readonly inner: Registry,
    private readonly link: ServerLink,
  ) {
    this.name = inner.name;
  }

  register(service: ServiceRecord, options: RegisterOptions = {}): Promise<void> {
    return this.link.ask({
      what: `register ${service.name}`,
      begin: () => this.inner.register(service, options),
      signal: options.signal,
    });
  }

  deregister(service: ServiceRecord, { signal }: Signalled = {}): Promise<void> {
    return this.link.ask({
      what: `deregister ${service.name}`,
      begin: () => this.inner.deregister(service),
      signal,
    });
  }

  getService(name: string, { signal }: Signalled = {}): Promise<readonly ServiceRecord[]> {
    return this.link.ask({
      what: `look up ${name}`,
      begin: () => this.inner.getService(name),
      signal,
    });
  }

  listServices({ signal }: Signalled = {}): Promise<readonly string[]> {
    return this.link.ask({
      what: "list services",
      begin: () => this.inner.listServices(),
      signal,
    });
  }

  async watch(options: Signalled & { readonly service?: string } = {}): Promise<RegistryWatcher> {
    const { service, signal } = options;
    const watched = await this.link.ask({
      what: `watch ${service ?? "everything"}`,
      begin: async () => {
        const begun = await this.inner.watch(service === undefined ? {} : { service });
        this.#watched.add(begun);
        return begun;
      },
      discard: (late) => late.close(),
      signal,
    });
    const end = (): void => void watcher.close();
    const watcher = new EventQueue(() => {
      this.#watchers.delete(watcher);
      signal?.removeEventListener("abort", end);
      this.#watched.delete(watched);
      void watched.close();
    });
    this.#watchers.add(watcher);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
    void this.#follow(watched, watcher);
    return watcher;
  }

  async #follow(watched: RegistryWatcher, watcher: EventQueue): Promise<void> {
    for await (const event of watched) this.link.notify(() => watcher.push(event));
  }

  /** What cannot be told the registry ends with its time. */
  async close(): Promise<void> {
    for (const watcher of [...this.#watchers]) await watcher.close();
    await this.link.ask({ what: "close", begin: () => this.inner.close() }).catch(() => undefined);
  }

  /** After the node's death: nobody is told anything any more. */
  async bury(): Promise<void> {
    for (const watched of [...this.#watched]) await watched.close();
  }
}
