import type { buildConnector, Pool } from "undici";
import {
  Unavailable,
  type Environment,
  type Timer,
  type TlsCredentials,
} from "../../../src/spi.js";
import { connector } from "./connector.js";
import type { UndiciModule } from "./load-undici.js";

/** How connections are made and kept. */
export interface PoolOptions {
  /** Milliseconds to wait for a connection. */
  readonly dialTimeoutMs: number;
  /** Milliseconds that a connection without a call is kept, at most. */
  readonly idleMs: number;
  /** Connections to one address; further calls wait for one. */
  readonly maxConnections: number;
  /** Bytes of a reply's headers. */
  readonly maxHeaderBytes: number;
}

/** The connections to one address, taken for one call. */
export interface Lease {
  readonly pool: Pool;
  release(): void;
}

interface Entry {
  readonly pool: Pool;
  calls: number;
  idleSince: number;
}

/** Milliseconds that an idle connection is kept to a server that does not say how long it keeps it. */
const unsaidIdleMs = 4_000;

/** Connections by address, kept for the next call. */
export class Pools {
  readonly #entries = new Map<string, Entry>();
  /** With calls in hand that began with certificates of before. */
  readonly #outdated = new Set<Entry>();
  readonly #connect: buildConnector.connector;
  #sweep: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly undici: UndiciModule,
    private readonly environment: Environment,
    private readonly options: PoolOptions,
    private readonly tls: TlsCredentials | undefined,
  ) {
    this.#connect = connector(undici, environment, options.dialTimeoutMs, tls);
    // Calls in hand go on; the next ones go by what is new.
    tls?.onChange(() => {
      for (const entry of this.#entries.values()) this.#outdate(entry);
      this.#entries.clear();
    });
  }

  /** @throws Unavailable `client.closed`. */
  lease(address: string): Lease {
    if (this.#closing) throw clientClosed();
    const entry = this.#entry(address);
    entry.calls++;
    return { pool: entry.pool, release: () => this.#release(entry) };
  }

  #entry(address: string): Entry {
    let entry = this.#entries.get(address);
    if (!entry) {
      const { idleMs, maxConnections, maxHeaderBytes } = this.options;
      const pool = new this.undici.Pool(`${this.tls ? "https" : "http"}://${address}`, {
        connect: this.#connect,
        connections: maxConnections,
        pipelining: 1,
        headersTimeout: 0, // deadlines are the engine's
        bodyTimeout: 0,
        keepAliveTimeout: Math.min(unsaidIdleMs, idleMs),
        keepAliveMaxTimeout: idleMs,
        maxHeaderSize: maxHeaderBytes,
      });
      entry = { pool, calls: 0, idleSince: 0 };
      this.#entries.set(address, entry);
    }
    return entry;
  }

  #release(entry: Entry): void {
    if (--entry.calls > 0 || this.#closing) return;
    if (this.#outdated.delete(entry)) {
      discard(entry);
      return;
    }
    entry.idleSince = this.environment.clock.monotonic();
    this.#sweepLater();
  }

  #outdate(entry: Entry): void {
    if (entry.calls > 0) this.#outdated.add(entry);
    else discard(entry);
  }

  #sweepLater(): void {
    this.#sweep ??= this.environment.timers.after(
      this.options.idleMs,
      () => {
        this.#sweep = undefined;
        const since = this.environment.clock.monotonic() - this.options.idleMs;
        for (const [address, entry] of this.#entries) {
          if (entry.calls > 0 || entry.idleSince > since) continue;
          this.#entries.delete(address);
          discard(entry);
        }
        if (this.#entries.size > 0) this.#sweepLater();
      },
      { background: true },
    );
  }

  /** Ends every call. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#sweep?.cancel();
    this.tls?.close();
    const entries = [...this.#entries.values(), ...this.#outdated];
    this.#entries.clear();
    this.#outdated.clear();
    await Promise.all(entries.map(({ pool }) => pool.destroy(clientClosed())));
  }
}

function discard({ pool }: Entry): void {
  pool.destroy().catch(() => {});
}

/** Says that the client was closed. */
export const clientClosed = (): Unavailable =>
  new Unavailable("the client has been closed", {
    id: "plugboard.client",
    reason: "client.closed",
    retry: "never",
  });
