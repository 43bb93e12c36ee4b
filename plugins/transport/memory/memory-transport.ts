import {
  requireWhole,
  type DialOptions,
  type Listener,
  type ListenOptions,
  type Transport,
  type TransportClient,
} from "../../../src/spi.js";
import type { MemoryLimits } from "./encode-message.js";
import { MemoryClient } from "./memory-client.js";
import {
  addressInUse,
  channelClosed,
  connectFailed,
  dialCanceled,
  listenFailed,
} from "./memory-errors.js";
import type { MemoryHub } from "./memory-hub.js";
import { MemoryListener } from "./memory-listener.js";

/** {@link MemoryTransportOptions} with nothing left out. */
export interface MemoryTransportSettings extends MemoryLimits {
  readonly hub: MemoryHub;
  readonly capacity: number;
  readonly maxConnections: number;
}

/** Messages between parts of one process, copied as a network would. */
export class MemoryTransport implements Transport {
  readonly name = "memory";
  private readonly open = new Set<{ close(): Promise<void> }>();
  private closed = false;
  private dials = 0;

  constructor(private readonly settings: MemoryTransportSettings) {}

  async dial(address: string, options: DialOptions = {}): Promise<TransportClient> {
    this.requireOpen(address);
    const { signal } = options;
    if (signal?.aborted) throw dialCanceled(address, signal.reason);
    const { hub, capacity } = this.settings;
    const listener = hub.listeners.get(address);
    if (!listener?.takesMore) throw connectFailed(address);
    const client = new MemoryClient(
      listener,
      `memory-client:${++this.dials}`,
      this.limits(options),
      capacity,
      (gone) => {
        this.open.delete(gone);
        listener.hungUp(gone);
      },
    );
    listener.dialled(client);
    this.open.add(client);
    return client;
  }

  async listen(address: string, options: ListenOptions = {}): Promise<Listener> {
    this.requireOpen(address);
    const { hub, maxConnections } = this.settings;
    const match = /^(.*):([0-9]+)$/.exec(address);
    if (!match) throw listenFailed(address);
    const host = match[1] === "" ? "memory" : match[1];
    const bound = `${host}:${match[2] === "0" ? hub.nextPort() : match[2]}`;
    if (hub.listeners.has(bound)) throw addressInUse(bound);
    const most = options.maxConnections ?? maxConnections;
    const listener = new MemoryListener(bound, this.limits(options), most, (released) => {
      this.open.delete(released);
      if (hub.listeners.get(bound) === released) hub.listeners.delete(bound);
    });
    hub.listeners.set(bound, listener);
    this.open.add(listener);
    return listener;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.open].map((part) => part.close()));
  }

  private requireOpen(address: string): void {
    if (this.closed)
      throw channelClosed(address, "cannot be made: the transport is closed", { retry: "safe" });
  }

  private limits({ maxMessageBytes, maxHeaderBytes }: Partial<MemoryLimits>): MemoryLimits {
    const { settings } = this;
    return {
      maxMessageBytes: requireWhole(
        "maxMessageBytes",
        maxMessageBytes ?? settings.maxMessageBytes,
        1,
      ),
      maxHeaderBytes: requireWhole("maxHeaderBytes", maxHeaderBytes ?? settings.maxHeaderBytes, 1),
    };
  }
}
