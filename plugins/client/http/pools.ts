import type { buildConnector, Pool } from "undici";
import { Timeout, Unavailable, type Environment, type Timer } from "../../../src/spi.js";
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
  readonly #connect: buildConnector.connector;
  #sweep: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly undici: UndiciModule,
    private readonly environment: Environment,
    private readonly options: PoolOptions,
  ) {
    this.#connect = connector(undici, options.dialTimeoutMs);
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
      const pool = new this.undici.Pool(`http://${address}`, {
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
    entry.idleSince = this.environment.clock.monotonic();
    this.#sweepLater();
  }

  #sweepLater(): void {
    this.#sweep ??= this.environment.timers.after(
      this.options.idleMs,
      () => {
        this.#sweep = undefined;
        const since = this.environment.clock.monotonic() - this.options.idleMs;
        for (const [address, { calls, idleSince, pool }] of this.#entries) {
          if (calls > 0 || idleSince > since) continue;
          this.#entries.delete(address);
          pool.destroy().catch(() => {});
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
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(({ pool }) => pool.destroy(clientClosed())));
  }
}

/** Connects, and says of what fails that nothing has been sent. */
function connector(undici: UndiciModule, dialTimeoutMs: number): buildConnector.connector {
  const connect = undici.buildConnector({ timeout: dialTimeoutMs });
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) callback(notConnected(error, options, dialTimeoutMs), null);
      else callback(null, socket);
    });
}

function notConnected(
  cause: Error & { readonly code?: string },
  { hostname, port }: buildConnector.Options,
  dialTimeoutMs: number,
): Error {
  const address = `${hostname}:${port}`;
  const unsent = { id: "plugboard.client", retry: "safe", cause } as const;
  if (cause.code === "UND_ERR_CONNECT_TIMEOUT") {
    return new Timeout(`${address}: no connection within ${dialTimeoutMs} ms`, {
      ...unsent,
      reason: "transport.connect-timeout",
    });
  }
  return new Unavailable(`${address}: cannot connect: ${cause.message}`, {
    ...unsent,
    reason: "transport.connect-failed",
  });
}

/** Says that the client was closed. */
export const clientClosed = (): Unavailable =>
  new Unavailable("the client has been closed", {
    id: "plugboard.client",
    reason: "client.closed",
    retry: "never",
  });
