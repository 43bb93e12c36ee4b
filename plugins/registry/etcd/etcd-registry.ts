import {
  mergeRecords,
  OptionError,
  type Environment,
  type RegisterOptions,
  type Registry,
  type RegistryWatcher,
  type ServiceRecord,
} from "../../../src/spi.js";
import { EtcdLink, type LinkSettings } from "./etcd-link.js";
import { canceledError, closedError } from "./grpc-status.js";
import { inParallel } from "./in-parallel.js";
import { nodeKey, nodeRange } from "./keys.js";
import { listNodes } from "./listing.js";
import type { Etcd3Module } from "./load-etcd3.js";
import { encodeNode } from "./node-value.js";
import { NodeWatch } from "./node-watch.js";
import { OwnNodes } from "./own-nodes.js";
import { WatchHub } from "./watch-hub.js";

/** The options of `etcdRegistry`, complete. */
export interface EtcdSettings extends LinkSettings {
  /** What every key begins with. */
  readonly prefix: string;
  /** Milliseconds between full comparisons, more or less. */
  readonly resyncMs: number;
}

interface Signalled {
  readonly signal?: AbortSignal;
}

/** Milliseconds that `close` may spend on taking nodes out. */
const farewellMs = 1_500;
/** Nodes of one record that are put at once; each listens to the caller's signal. */
const width = 8;

/** Nodes kept in etcd, in go-micro's form. */
export class EtcdRegistry implements Registry {
  readonly name = "etcd";
  readonly #link: EtcdLink;
  readonly #hub: WatchHub;
  readonly #own: OwnNodes;
  readonly #watches = new Set<NodeWatch>();
  #closing: Promise<void> | undefined;

  constructor(
    etcd3: Etcd3Module,
    private readonly settings: EtcdSettings,
    private readonly environment: Environment,
  ) {
    this.#link = openLink(etcd3, settings, environment);
    this.#hub = new WatchHub(this.#link, environment);
    this.#own = new OwnNodes(this.#link, environment, settings.resyncMs);
  }

  async register(service: ServiceRecord, { ttlMs, signal }: RegisterOptions = {}): Promise<void> {
    this.#check(signal);
    const wishes = service.nodes.map((node) => ({
      key: nodeKey(this.settings.prefix, service.name, node.id),
      value: encodeNode(service, node),
      ttlMs,
    }));
    await inParallel(wishes, width, (wish) => this.#own.put(wish, signal));
  }

  async deregister(service: ServiceRecord, { signal }: Signalled = {}): Promise<void> {
    this.#check(signal);
    const keys = service.nodes.map(({ id }) => nodeKey(this.settings.prefix, service.name, id));
    await inParallel(keys, width, (key) => this.#own.remove(key, signal));
  }

  async getService(name: string, { signal }: Signalled = {}): Promise<readonly ServiceRecord[]> {
    const records = await this.#list(name, signal);
    // Names that differ in "/" and "-" alone share their keys.
    return mergeRecords(records.filter((record) => record.name === name));
  }

  async listServices({ signal }: Signalled = {}): Promise<readonly string[]> {
    const records = await this.#list(undefined, signal);
    return [...new Set(records.map(({ name }) => name))];
  }

  async watch({
    service,
    signal,
  }: Signalled & { readonly service?: string } = {}): Promise<RegistryWatcher> {
    this.#check(signal);
    const { prefix, resyncMs } = this.settings;
    const watch: NodeWatch = new NodeWatch({
      link: this.#link,
      hub: this.#hub,
      environment: this.environment,
      range: nodeRange(prefix, service),
      service,
      resyncMs,
      ended: () => this.#watches.delete(watch),
    });
    this.#watches.add(watch);
    await watch.start(signal);
    return watch.watcher;
  }

  /** Takes out what was registered here, within 1.5 s; what etcd was not told of ends with its lease. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    for (const watch of [...this.#watches]) await watch.close();
    await this.#within(farewellMs, this.#own.close());
    this.#link.close();
    await this.#hub.close();
  }

  /** Waits for work that may fail, but no longer than `ms`. */
  async #within(ms: number, work: Promise<void>): Promise<void> {
    const { timers, logger } = this.environment;
    const why = await new Promise<string | undefined>((resolve) => {
      const timer = timers.after(ms, () => resolve(`not done in ${ms} ms`));
      work
        .then(
          () => resolve(undefined),
          (error: unknown) => resolve(String(error)),
        )
        .finally(() => timer.cancel());
    });
    if (why !== undefined)
      logger.warn("etcd: some nodes could not be taken out; they end with their leases", {
        error: why,
      });
  }

  async #list(service: string | undefined, signal: AbortSignal | undefined) {
    this.#check(signal);
    const range = nodeRange(this.settings.prefix, service);
    const { records } = await listNodes(this.#link, range, this.environment.logger, signal);
    return [...records.values()];
  }

  #check(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw canceledError(signal);
    if (this.#closing) throw closedError();
  }
}

/** @throws OptionError when gRPC refuses the certificates. */
function openLink(etcd3: Etcd3Module, settings: EtcdSettings, environment: Environment): EtcdLink {
  try {
    return new EtcdLink(etcd3, settings, environment);
  } catch (error) {
    throw new OptionError(`etcdRegistry.tls cannot be used: ${String(error)}`);
  }
}
