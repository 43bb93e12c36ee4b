import type { Environment, Timer } from "../base/environment.js";
import { Unavailable } from "../base/errors.js";
import type { DialOptions, Socket, Transport, TransportClient } from "../transport/transport.js";

/** Bounds of a {@link Pool}. */
export interface PoolOptions {
  /** Idle connections kept per address. Default 100, go-micro's figure. */
  readonly maxIdle?: number;
  /** Milliseconds an idle connection is kept. Default 60,000, go-micro's figure. */
  readonly idleMs?: number;
}

interface Entry {
  readonly client: TransportClient;
  open: number;
  idleSince: number;
}

/** Connections to nodes, kept for the next call. Keyed by address; the transport says how many calls one carries. */
export class Pool {
  readonly #entries = new Map<string, Entry[]>();
  #sweep: Timer | undefined;
  #closed = false;

  constructor(
    private readonly environment: Environment,
    private readonly transport: Transport,
    private readonly dialOptions: DialOptions,
    private readonly maxIdle: number,
    private readonly idleMs: number,
  ) {}

  /**
   * A channel to `address`: at once on a connection with room, else after dialling.
   * @throws Unavailable `client.closed` after `close`, and what the transport throws.
   */
  acquire(address: string, stream: boolean): Lease | Promise<Lease> {
    return (
      this.take(address, stream) ??
      this.#dial(address).then((entry) => this.#lease(address, entry, stream, false))
    );
  }

  /** A channel to `address` on an open connection with room; undefined where there is none. @throws as `acquire`. */
  take(address: string, stream: boolean): Lease | undefined {
    if (this.#closed) throw clientClosed();
    const entries = this.#entries.get(address);
    if (!entries) return undefined;
    // The connection used last comes first: the others may idle out.
    for (let index = entries.length - 1; index >= 0; index--) {
      const entry = entries[index]!;
      if (entry.client.closed) entries.splice(index, 1);
      else if (entry.open < entry.client.capacity) return this.#lease(address, entry, stream, true);
    }
    return undefined;
  }

  #lease(address: string, entry: Entry, stream: boolean, reused: boolean): Lease {
    entry.open++;
    try {
      const socket = entry.client.open({ stream });
      return { socket, reused, release: (abort) => this.#release(address, entry, socket, abort) };
    } catch (error) {
      entry.open--;
      throw error;
    }
  }

  async #dial(address: string): Promise<Entry> {
    const client = await this.transport.dial(address, this.dialOptions);
    const entry: Entry = { client, open: 0, idleSince: this.environment.clock.monotonic() };
    if (this.#closed) {
      await client.close();
      throw clientClosed();
    }
    const entries = this.#entries.get(address);
    if (entries) entries.push(entry);
    else this.#entries.set(address, [entry]);
    return entry;
  }

  #release(address: string, entry: Entry, socket: Socket, abort: boolean): void {
    entry.open--;
    void socket.close(abort ? { abort: true } : undefined).catch(() => {});
    if (entry.open > 0 && !entry.client.closed) return;
    const entries = this.#entries.get(address);
    if (!entries) return;
    if (entry.client.closed || (abort && entry.client.capacity === 1)) {
      this.#drop(address, entry);
      return;
    }
    entry.idleSince = this.environment.clock.monotonic();
    let idle = 0;
    for (const other of entries) if (other.open === 0) idle++;
    if (idle > this.maxIdle) this.#drop(address, entry);
    else
      this.#sweep ??= this.environment.timers.after(this.idleMs, () => this.#sweepIdle(), {
        background: true,
      });
  }

  #drop(address: string, entry: Entry): void {
    const entries = this.#entries.get(address);
    const index = entries?.indexOf(entry) ?? -1;
    if (index >= 0) entries!.splice(index, 1);
    if (entries?.length === 0) this.#entries.delete(address);
    void entry.client.close().catch(() => {});
  }

  #sweepIdle(): void {
    this.#sweep = undefined;
    const oldest = this.environment.clock.monotonic() - this.idleMs;
    for (const [address, entries] of [...this.#entries]) {
      for (const entry of [...entries]) {
        if (entry.client.closed || (entry.open === 0 && entry.idleSince <= oldest))
          this.#drop(address, entry);
      }
    }
    if (this.#entries.size > 0 && !this.#closed) {
      this.#sweep = this.environment.timers.after(this.idleMs, () => this.#sweepIdle(), {
        background: true,
      });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    const clients = [...this.#entries.values()].flat();
    this.#entries.clear();
    await Promise.all(clients.map((entry) => entry.client.close()));
  }
}

/** Says that a client was closed before the call was made. */
export const clientClosed = (): Unavailable =>
  new Unavailable("the client is closed", {
    id: "plugboard.client",
    reason: "client.closed",
    retry: "never",
  });

/** A channel on loan. */
export interface Lease {
  readonly socket: Socket;
  /** The connection had served before; it may have been closed by the peer unnoticed. */
  readonly reused: boolean;
  /** Gives it back; with `abort` the connection is not trusted again. */
  release(abort: boolean): void;
}
