import type { Environment, Timer } from "../base/environment.js";
import { Unavailable } from "../base/errors.js";
import { requirePositive, requireWhole } from "../base/options.js";
import { CachedService, type CacheTimes } from "./cached-service.js";
import type { Registry, ServiceRecord } from "./registry.js";

/** How a {@link RegistryCache} keeps what it learnt. */
export interface RegistryCacheOptions {
  /**
   * Milliseconds that nodes are used without asking again, for when the watch misses something.
   * Default 60,000 (go-micro's cache). In the last quarter they are renewed in the background.
   */
  readonly ttlMs?: number;
  /** Milliseconds between attempts while the registry fails. Default 5,000 (go-micro v6). */
  readonly retryMs?: number;
  /** Milliseconds that "nobody serves this" is believed. Default 1,000. */
  readonly notFoundMs?: number;
  /** Milliseconds that one listing may take. Default 2,000, so that it fits a call's 5,000. */
  readonly timeoutMs?: number;
  /** Names kept at once; the one unused for longest makes room. Default 1,000. */
  readonly maxServices?: number;
}

/** Milliseconds, at most, for which lookups do not look whether anything is due. */
const settledMs = 100;

/**
 * What a registry says, kept in this process: one per app, in front of every registry.
 *
 * - A known service is answered without a promise; concurrent first lookups share one listing.
 * - A watch per service keeps the nodes current. Lookups never wait for it.
 * - While the registry fails, the last known nodes are served.
 * - The array for a service is the same one until its nodes change, so that results can be
 *   remembered by it.
 */
export class RegistryCache {
  readonly #services = new Map<string, CachedService>();
  readonly #registry: Registry;
  readonly #environment: Environment;
  readonly #times: CacheTimes;
  readonly #maxServices: number;
  readonly #settledMs: number;
  #closed = false;
  #changes = 0;
  /** Runs from the first lookup on, until it is time to look whether anything is due. */
  #timer: Timer | undefined;

  constructor(
    registry: Registry,
    environment: Environment,
    {
      ttlMs = 60_000,
      retryMs = 5_000,
      notFoundMs = 1_000,
      timeoutMs = 2_000,
      maxServices = 1_000,
    }: RegistryCacheOptions = {},
  ) {
    this.#registry = registry;
    this.#environment = environment;
    this.#times = {
      ttlMs: requirePositive("registryCache.ttlMs", ttlMs),
      retryMs: requirePositive("registryCache.retryMs", retryMs),
      notFoundMs: requirePositive("registryCache.notFoundMs", notFoundMs),
      timeoutMs: requirePositive("registryCache.timeoutMs", timeoutMs),
    };
    this.#settledMs = Math.min(settledMs, ttlMs / 4);
    this.#maxServices = requireWhole("registryCache.maxServices", maxServices, 1);
  }

  /**
   * Grows when what is known of any service changes, and a moment after lookups, when something may be
   * due. While it is the same, `peek` answers as before and so does a `lookup` that answered with nodes:
   * who asks after many services may spare both.
   */
  get changes(): number {
    return this.#changes;
  }

  /** Name of the registry behind, such as `mdns`. */
  get registryName(): string {
    return this.#registry.name;
  }

  /**
   * The versions of a service with their nodes; empty when nobody serves it.
   * @throws Unavailable when the registry fails and nothing is known (`registry.unreachable`), or
   *   after `close` (`registry.closed`).
   */
  lookup(service: string): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]> {
    const cached = this.#services.get(service) ?? this.#open(service);
    this.#timer ??= this.#environment.timers.after(this.#settledMs, this.#expire, {
      background: true,
    });
    return cached.lookup(this.#changes);
  }

  /** What is known of a service at this moment, without asking; undefined when nothing is. */
  peek(service: string): readonly ServiceRecord[] | undefined {
    return this.#services.get(service)?.peek();
  }

  /** Ends the watches and forgets everything. The registry stays open. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    const services = [...this.#services.values()];
    this.#services.clear();
    this.#changes++;
    await Promise.all(services.map((service) => service.close()));
  }

  #open(name: string): CachedService {
    if (this.#closed)
      throw new Unavailable("the registry cache is closed", { reason: "registry.closed" });
    if (this.#services.size >= this.#maxServices) this.#makeRoom();
    const service = new CachedService(
      name,
      this.#registry,
      this.#environment,
      this.#times,
      this.#changed,
    );
    this.#services.set(name, service);
    return service;
  }

  readonly #changed = (): void => {
    this.#changes++;
  };

  readonly #expire = (): void => {
    this.#timer = undefined;
    this.#changes++;
  };

  #makeRoom(): void {
    let oldest: [string, CachedService] | undefined;
    for (const entry of this.#services)
      if (!oldest || entry[1].usedAt < oldest[1].usedAt) oldest = entry;
    if (!oldest) return;
    this.#services.delete(oldest[0]);
    this.#changes++;
    void oldest[1].retire();
  }
}
