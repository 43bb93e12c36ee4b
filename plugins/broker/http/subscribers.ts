import type { Clock, Registry, ServiceRecord } from "../../../src/spi.js";
import { parseAddress, type Address } from "./address.js";

/** Version under which broadcast subscriptions register (wire.md 6.1). */
export const broadcastVersion = "ff.http.broadcast";

/** One subscription, somewhere. */
export interface Subscriber {
  readonly id: string;
  readonly address: Address;
  /** It takes messages over TLS. */
  readonly secure: boolean;
}

/** The subscriptions of a topic by version: a group's name, or {@link broadcastVersion}. */
export type SubscribersByVersion = ReadonlyMap<string, readonly Subscriber[]>;

/**
 * Looks subscriptions up. With `cacheMs` 0 every answer comes from a lookup that began after the
 * question, so it has every subscription that was registered by then; questions that come while a
 * lookup runs share the next one. With more, an answer may be that many milliseconds old.
 */
export class Subscribers {
  private running: Promise<readonly ServiceRecord[]> | undefined;
  private next: Promise<readonly ServiceRecord[]> | undefined;
  private cached: { readonly at: number; readonly records: readonly ServiceRecord[] } | undefined;

  constructor(
    private readonly registry: Registry,
    private readonly service: string,
    private readonly cacheMs: number,
    private readonly clock: Clock,
  ) {}

  /** @throws Unavailable `registry.unreachable`. */
  async of(topic: string): Promise<SubscribersByVersion> {
    const found = new Map<string, Subscriber[]>();
    for (const { version, nodes } of await this.records()) {
      for (const { id, address: text, metadata } of nodes) {
        const address = parseAddress(text);
        if (!address || metadata.broker !== "http" || metadata.topic !== topic) continue;
        const secure = metadata.secure === "true";
        const others = found.get(version) ?? [];
        if (others.length === 0) found.set(version, others);
        if (!others.some((other) => other.id === id)) others.push({ id, address, secure });
      }
    }
    return found;
  }

  private async records(): Promise<readonly ServiceRecord[]> {
    const { cached, clock, cacheMs } = this;
    if (cached && clock.monotonic() - cached.at < cacheMs) return cached.records;
    if (!this.running) return this.lookUp();
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.lookUp();
      });
    return this.next;
  }

  private lookUp(): Promise<readonly ServiceRecord[]> {
    const at = this.clock.monotonic();
    const lookup = this.registry.getService(this.service).then((records) => {
      this.cached = { at, records };
      return records;
    });
    this.running = lookup;
    const done = (): void => {
      if (this.running === lookup) this.running = undefined;
    };
    lookup.then(done, done);
    return lookup;
  }
}
