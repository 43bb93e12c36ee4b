import type { Environment, Timer } from "../base/environment.js";
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
}

/** Keeps records in the registry: renews them, takes them out while the check fails, survives a registry that is away. */
export class Registration {
  #timer: Timer | undefined;
  #stopped = false;
  #listed = false;
  #running: Promise<void> | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly registry: Registry,
    private readonly records: readonly ServiceRecord[],
    private readonly options: RegistrationOptions,
  ) {}

  /** Registers for the first time; failures are logged and tried again soon. */
  async start(): Promise<void> {
    await this.#renew();
  }

  /** Deregisters and stops renewing. @throws what the registry throws. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
    await this.#withdraw();
  }

  async #renew(): Promise<void> {
    this.#running = this.#once();
    const again = await this.#running.then(
      () => this.options.intervalMs,
      (error: unknown) => {
        this.environment.logger.warn("cannot register; trying again", {
          registry: this.registry.name,
          services: this.records.map((record) => record.name),
          error: describe(error),
        });
        return Math.min(this.options.intervalMs, 1_000 + this.environment.random.next() * 2_000);
      },
    );
    this.#running = undefined;
    if (this.#stopped) return;
    this.#timer = this.environment.timers.after(again, () => void this.#renew(), {
      background: true,
    });
  }

  async #once(): Promise<void> {
    if (this.options.check) {
      try {
        await this.options.check();
      } catch (error) {
        this.environment.logger.warn("health check failed; staying out of the registry", {
          error: describe(error),
        });
        if (this.#listed) await this.#withdraw();
        return;
      }
    }
    for (const record of this.records)
      await this.registry.register(record, { ttlMs: this.options.ttlMs });
    this.#listed = true;
  }

  async #withdraw(): Promise<void> {
    this.#listed = false;
    for (const record of this.records) await this.registry.deregister(record);
  }
}
