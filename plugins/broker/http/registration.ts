import {
  type Environment,
  type Registry,
  type ServiceRecord,
  type Timer,
} from "../../../src/spi.js";

/** Milliseconds; go-micro's numbers (wire.md 6.1). */
const ttlMs = 60_000;
const renewMs = 30_000;
/** Milliseconds until a renewal that failed is tried again. */
const retryMs = 5_000;

/** One record in the registry, renewed until it is taken out. */
export class Registration {
  private timer: Timer | undefined;
  private renewal: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly registry: Registry,
    private readonly record: ServiceRecord,
    private readonly environment: Pick<Environment, "timers" | "logger">,
  ) {}

  /** Resolves when others can find the record. @throws what the registry throws. */
  async open(): Promise<void> {
    await this.registry.register(this.record, { ttlMs });
    this.renewAfter(renewMs);
  }

  /** Takes the record out. A registry that cannot be reached forgets it by itself within a minute. */
  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    await this.renewal;
    try {
      await this.registry.deregister(this.record);
    } catch (error) {
      this.warn("a subscription could not be taken out of the registry", error);
    }
  }

  private renewAfter(delayMs: number): void {
    if (this.closed) return;
    this.timer = this.environment.timers.after(delayMs, () => void (this.renewal = this.renew()), {
      background: true,
    });
  }

  private async renew(): Promise<void> {
    try {
      await this.registry.register(this.record, { ttlMs });
      this.renewAfter(renewMs);
    } catch (error) {
      this.warn("a subscription could not be renewed in the registry", error);
      this.renewAfter(retryMs);
    }
  }

  private warn(text: string, error: unknown): void {
    const id = this.record.nodes[0]?.id ?? "";
    this.environment.logger.warn(text, { node: id, error: String(error) });
  }
}
