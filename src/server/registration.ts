import type { Environment, Timer } from "../base/environment.js";
import { Timeout } from "../base/errors.js";
import { describe } from "../call/error-wire.js";
import type { Registry, ServiceRecord } from "../registry/registry.js";

/** How a registration is kept. */
export interface RegistrationOptions {
  /** Milliseconds a record lives unless renewed. */
  readonly ttlMs: number;
  /** Milliseconds between renewals. */
  readonly intervalMs: number;
  /** Asked before each registration; while it fails the nodes stay out of the registry. */
  readonly check: (() => unknown) | undefined;
  /** Hears whether the nodes belong into the registry, each time that is looked at. */
  readonly onCheck?: (passed: boolean) => void;
}

/** Milliseconds that a health check may take (go-micro v6's limit). */
const checkMs = 5_000;

/** Keeps records in the registry: renews them, takes them out while the check fails, survives a registry that is away. */
export class Registration {
  readonly #stop = new AbortController();
  #timer: Timer | undefined;
  /** Something of the records may be in the registry. */
  #listed = false;
  #running: Promise<unknown> | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly registry: Registry,
    private readonly records: readonly ServiceRecord[],
    private readonly options: RegistrationOptions,
  ) {}

  /** Registers, or renews at once; failures are logged and tried again soon. */
  async start(): Promise<void> {
    this.#timer?.cancel();
    await (this.#running ?? this.#renew());
  }

  /** Deregisters and stops renewing. @throws what the registry throws. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#timer?.cancel();
    await this.#running;
    await this.#withdraw();
  }

  async #renew(): Promise<void> {
    const renewing = this.#once().then(
      () => this.options.intervalMs,
      (error: unknown) => this.#soon(error),
    );
    this.#running = renewing;
    const again = await renewing;
    this.#running = undefined;
    if (this.#stop.signal.aborted) return;
    this.#timer = this.environment.timers.after(again, () => void this.#renew(), {
      background: true,
    });
  }

  #soon(error: unknown): number {
    const { logger, random } = this.environment;
    if (!this.#stop.signal.aborted)
      logger.warn("the registry cannot be told; trying again", {
        registry: this.registry.name,
        services: this.records.map((record) => record.name),
        error: describe(error),
      });
    return Math.min(this.options.intervalMs, 1_000 + random.next() * 2_000);
  }

  async #once(): Promise<void> {
    try {
      await this.#check();
    } catch (error) {
      this.#tell(false);
      this.environment.logger.warn("health check failed; staying out of the registry", {
        error: describe(error),
      });
      if (this.#listed) await this.#withdraw();
      return;
    }
    this.#tell(true);
    const { signal } = this.#stop;
    for (const record of this.records) {
      if (signal.aborted) return;
      this.#listed = true;
      await this.registry.register(record, { ttlMs: this.options.ttlMs, signal });
    }
  }

  #tell(passed: boolean): void {
    if (!this.#stop.signal.aborted) this.options.onCheck?.(passed);
  }

  /** Runs the check; one that takes too long has failed. */
  async #check(): Promise<void> {
    const { check } = this.options;
    if (!check) return;
    let end = (): void => {};
    const over = new Promise<never>((_resolve, reject) => {
      const { signal } = this.#stop;
      const fail = (): void =>
        reject(new Timeout(`the health check took over ${checkMs} ms`, { reason: "server.check" }));
      const timer = this.environment.timers.after(checkMs, fail, { background: true });
      signal.addEventListener("abort", fail, { once: true });
      end = () => {
        timer.cancel();
        signal.removeEventListener("abort", fail);
      };
    });
    try {
      await Promise.race([check(), over]);
    } finally {
      end();
    }
  }

  /** Tries every record. @throws the first failure; then it is to be done again. */
  async #withdraw(): Promise<void> {
    const failures: unknown[] = [];
    for (const record of this.records)
      await this.registry.deregister(record).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
    this.#listed = false;
  }
}
