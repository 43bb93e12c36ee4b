import type { Environment, Timer } from "../base/environment.js";
import { RpcError } from "../base/error.js";
import { Unavailable } from "../base/errors.js";
import type { Registry, RegistryEvent, ServiceRecord } from "./registry.js";
import { ServiceView } from "./service-view.js";
import { ServiceWatch } from "./service-watch.js";

/** The times of a `RegistryCache`, in milliseconds. */
export interface CacheTimes {
  readonly ttlMs: number;
  readonly retryMs: number;
  readonly notFoundMs: number;
  readonly timeoutMs: number;
}

/** Share of their life after which nodes are renewed in the background. */
const renewAt = 0.75;

/** One service in a `RegistryCache`: its nodes, how old they are, and the listing under way. */
export class CachedService {
  /** When it was last looked up, on the monotonic clock. */
  usedAt: number;
  readonly #view: ServiceView;
  readonly #watch: ServiceWatch;
  readonly #stop = new AbortController();
  /** When the last good listing began; undefined until there is one. */
  #listedAt: number | undefined;
  /** Of the last listing, if that failed. */
  #failure: { readonly error: RpcError; readonly at: number } | undefined;
  #listing: Promise<void> | undefined;
  /** Changes told while a listing is under way; it may not know of them. */
  #late: RegistryEvent[] = [];
  #again = false;
  /** The state of the cache in which nothing is due: lookups answer with what there is. */
  #settledIn = -1;

  constructor(
    private readonly name: string,
    private readonly registry: Registry,
    private readonly environment: Environment,
    private readonly times: CacheTimes,
    private readonly changed: () => void,
  ) {
    this.#view = new ServiceView(changed);
    this.usedAt = environment.clock.monotonic();
    this.#watch = new ServiceWatch(name, registry, environment, {
      established: () => this.#listAgain(),
      changed: (event) => this.#change(event),
    });
  }

  /** `state` is another number once something may have changed or be due, here or elsewhere in the cache. */
  lookup(state: number): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]> {
    if (state === this.#settledIn) return this.#view.records;
    const now = (this.usedAt = this.environment.clock.monotonic());
    const { records } = this.#view;
    const empty = records.length === 0;
    if (this.#failure !== undefined) {
      const { retryMs, notFoundMs } = this.times;
      const due = now - this.#failure.at >= (empty ? Math.min(notFoundMs, retryMs) : retryMs);
      if (empty && due) return this.#listed();
      if (empty) throw this.#failure.error;
      if (due) void this.#list();
      return records;
    }
    const age = now - (this.#listedAt ?? -Infinity);
    const lifeMs = empty ? this.times.notFoundMs : this.times.ttlMs;
    if (age >= lifeMs) return this.#listed();
    if (!empty && age >= lifeMs * renewAt) void this.#list();
    else if (!empty) this.#settledIn = state;
    return records;
  }

  peek(): readonly ServiceRecord[] | undefined {
    const { records } = this.#view;
    return this.#listedAt === undefined && records.length === 0 ? undefined : records;
  }

  /** Ends the watch; a listing under way still answers those who wait for it. */
  retire(): Promise<void> {
    return this.#watch.close();
  }

  /** Ends the watch and any listing under way. */
  close(): Promise<void> {
    this.#stop.abort();
    return this.#watch.close();
  }

  async #listed(): Promise<readonly ServiceRecord[]> {
    await this.#list();
    const { records } = this.#view;
    if (this.#failure && records.length === 0) throw this.#failure.error;
    return records;
  }

  /** Lists the nodes, joining a listing under way. Never rejects; see `#failure`. */
  #list(): Promise<void> {
    return (this.#listing ??= this.#ask().finally(() => {
      this.#listing = undefined;
      this.#late = [];
      if (this.#again) this.#listAgain();
    }));
  }

  /** Lists the nodes with an answer no older than this moment. */
  #listAgain(): void {
    this.#again = this.#listing !== undefined;
    if (!this.#again && !this.#stop.signal.aborted) void this.#list();
  }

  async #ask(): Promise<void> {
    const startedAt = this.environment.clock.monotonic();
    try {
      const listing = await this.#inTime(async (signal) =>
        this.registry.getService(this.name, { signal }),
      );
      this.#view.replace(listing.filter((record) => record.name === this.name));
      for (const event of this.#late) this.#view.apply(event);
      if (this.#listedAt === undefined) this.changed();
      this.#listedAt = startedAt;
      this.#failure = undefined;
    } catch (cause) {
      const error = cause instanceof RpcError ? cause : unreachable(this.registry.name, cause);
      this.#failure = { error, at: this.environment.clock.monotonic() };
      this.changed();
      if (!this.#stop.signal.aborted)
        this.environment.logger.warn("registry lookup failed", {
          service: this.name,
          registry: this.registry.name,
          error: String(cause),
        });
    }
  }

  /** Runs `ask` until it answers, the time is up or this service is closed. */
  #inTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs } = this.times;
    const limit = new AbortController();
    let timer: Timer | undefined;
    const over = new Promise<never>((_, reject) => {
      const end = (reason: string, detail: string): void => {
        const error = new Unavailable(detail, { reason, retry: "safe" });
        reject(error);
        limit.abort(error);
      };
      timer = this.environment.timers.after(
        timeoutMs,
        () =>
          end(
            "registry.unreachable",
            `registry ${this.registry.name}: no answer in ${timeoutMs} ms`,
          ),
        { background: true },
      );
      const closed = (): void => end("registry.closed", "the registry cache is closed");
      if (this.#stop.signal.aborted) closed();
      else
        this.#stop.signal.addEventListener("abort", closed, { once: true, signal: limit.signal });
    });
    return Promise.race([ask(limit.signal), over]).finally(() => {
      timer?.cancel();
      limit.abort();
    });
  }

  #change(event: RegistryEvent): void {
    this.#view.apply(event);
    if (this.#listing) this.#late.push(event);
  }
}

const unreachable = (registry: string, cause: unknown): RpcError =>
  new Unavailable(
    `registry ${registry}: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      reason: "registry.unreachable",
      retry: "safe",
      cause,
    },
  );
