import type { Environment, Timer } from "../base/environment.js";
import type { Registry, RegistryEvent, RegistryWatcher } from "./registry.js";

/** Milliseconds before the first new attempt; doubles up to {@link longestPauseMs}. */
const shortestPauseMs = 200;
const longestPauseMs = 30_000;

/** What a {@link ServiceWatch} tells. */
export interface ServiceWatchListener {
  /** A watch is in place: changes from now on will be told, changes until now may be missing. */
  established(): void;
  changed(event: RegistryEvent): void;
}

/**
 * Keeps a watch of one service alive: after a loss it waits (doubling, with jitter) and watches
 * again. A registry that answers 501 is not asked again. Never throws.
 */
export class ServiceWatch {
  readonly #stop = new AbortController();
  #watcher: RegistryWatcher | undefined;
  #timer: Timer | undefined;
  #losses = 0;

  constructor(
    private readonly service: string,
    private readonly registry: Registry,
    private readonly environment: Environment,
    private readonly listener: ServiceWatchListener,
  ) {
    void this.#run();
  }

  /** Ends the watch; nothing is told afterwards. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#timer?.cancel();
    await this.#watcher?.close().catch((error: unknown) => this.#report(error));
  }

  async #run(): Promise<void> {
    const { clock, timers, random } = this.environment;
    const startedAt = clock.monotonic();
    try {
      await this.#follow();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#report(error);
      if ((error as { readonly code?: unknown } | undefined)?.code === 501) return;
    }
    if (this.#stop.signal.aborted) return;
    if (clock.monotonic() - startedAt >= longestPauseMs) this.#losses = 0;
    const pause = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(this.#losses++, 10));
    const run = (): void => void this.#run();
    this.#timer = timers.after(pause * (0.5 + random.next() / 2), run, { background: true });
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    const watcher = await this.registry.watch({ service: this.service, signal });
    this.#watcher = watcher;
    try {
      if (signal.aborted) return;
      this.listener.established();
      for await (const event of watcher) {
        if (signal.aborted) return;
        if (event.service.name === this.service) this.listener.changed(event);
      }
    } finally {
      this.#watcher = undefined;
      await watcher.close();
    }
  }

  #report(error: unknown): void {
    this.environment.logger.debug("registry watch lost", {
      service: this.service,
      registry: this.registry.name,
      error: String(error),
    });
  }
}
