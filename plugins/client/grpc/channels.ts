import type { ChannelCredentials, Client } from "@grpc/grpc-js";
import {
  orCancelled,
  Timeout,
  Unavailable,
  type CallContext,
  type Environment,
  type RpcError,
  type Timer,
  type TlsCredentials,
} from "../../../src/spi.js";
import type { GrpcModule } from "./load-grpc.js";
import { blameTls } from "./blame-tls.js";

/** How channels are made and kept. */
export interface ChannelOptions {
  /** Milliseconds to wait for a connection. */
  readonly dialTimeoutMs: number;
  /** Milliseconds that a channel without calls is kept. */
  readonly idleMs: number;
  /** Bytes of one reply. */
  readonly maxMessageBytes: number;
  /** Milliseconds of silence in a call after which the peer is asked whether it is there. */
  readonly keepAliveMs: number;
  /** Milliseconds that it has to answer. */
  readonly keepAliveTimeoutMs: number;
  /** How requests go. */
  readonly compression: "identity" | "gzip";
}

/** A connected channel, taken for one call. */
export interface Lease {
  readonly client: Client;
  /** Calls `end` when the client is closed before the lease is given back. */
  onClose(end: () => void): void;
  release(): void;
}

interface Entry {
  readonly client: Client;
  readonly ends: Set<() => void>;
  /** Settles when it is connected, or cannot be. */
  connecting: Promise<void> | undefined;
  calls: number;
  idleSince: number;
}

/** A channel for each address, kept for the next call. */
export class Channels {
  readonly #entries = new Map<string, Entry>();
  #sweep: Timer | undefined;
  #closed = false;

  constructor(
    private readonly grpc: GrpcModule,
    private readonly environment: Environment,
    private readonly options: ChannelOptions,
    private readonly tls: TlsCredentials | undefined,
  ) {
    // Calls in hand go on; the next ones go by what is new.
    tls?.onChange(() => {
      for (const [address, entry] of this.#entries) this.#drop(address, entry);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * A channel to `address` that is connected: what fails before has not been sent.
   * @throws Unavailable `transport.connect-failed` and Timeout `transport.connect-timeout`, safe to
   *   retry, Unavailable `client.closed`, and the context's reason when it is cancelled.
   */
  async lease(address: string, context: CallContext): Promise<Lease> {
    if (this.#closed) throw clientClosed();
    const entry = this.#entry(address);
    entry.calls++;
    try {
      const ready = this.#ready(address, entry);
      if (ready) await orCancelled(context, ready);
      if (context.scope.reason) throw context.scope.reason;
      if (this.#closed) throw clientClosed();
    } catch (error) {
      this.#release(entry);
      throw error;
    }
    let end: (() => void) | undefined;
    return {
      client: entry.client,
      onClose: (listener) => entry.ends.add((end = listener)),
      release: () => {
        if (end) entry.ends.delete(end);
        this.#release(entry);
      },
    };
  }

  #entry(address: string): Entry {
    let entry = this.#entries.get(address);
    if (!entry) {
      const { Client } = this.grpc;
      const serverName = this.tls?.serverName;
      const { maxMessageBytes, keepAliveMs, keepAliveTimeoutMs, compression } = this.options;
      const client = new Client(address, this.#credentials(), {
        ...(serverName === undefined ? {} : { "grpc.ssl_target_name_override": serverName }),
        "grpc.default_compression_algorithm": this.grpc.compressionAlgorithms[compression],
        "grpc.enable_channelz": 0,
        "grpc.enable_http_proxy": 0,
        "grpc.service_config_disable_resolution": 1,
        "grpc.use_local_subchannel_pool": 1,
        "grpc.max_receive_message_length": maxMessageBytes,
        "grpc.keepalive_time_ms": keepAliveMs,
        "grpc.keepalive_timeout_ms": keepAliveTimeoutMs,
      });
      const ends = new Set<() => void>();
      entry = { client, ends, connecting: undefined, calls: 0, idleSince: 0 };
      this.#entries.set(address, entry);
    }
    return entry;
  }

  #credentials(): ChannelCredentials {
    const { credentials } = this.grpc;
    if (!this.tls) return credentials.createInsecure();
    const { material, verify } = this.tls;
    const context = this.environment.network.secureContext(material);
    return credentials.createFromSecureContext(context, { rejectUnauthorized: verify });
  }

  /** Undefined when it is connected. */
  #ready(address: string, entry: Entry): Promise<void> | undefined {
    const state = entry.client.getChannel().getConnectivityState(true);
    if (state === this.grpc.connectivityState.READY) return undefined;
    return (entry.connecting ??= this.#connect(address, entry).finally(() => {
      entry.connecting = undefined;
    }));
  }

  #connect(address: string, entry: Entry): Promise<void> {
    const { connectivityState: states } = this.grpc;
    const channel = entry.client.getChannel();
    return new Promise((resolve, reject) => {
      // grpc-js waits longer after each failure; a new channel tries at once.
      const fail = (error: RpcError): void => {
        timer.cancel();
        reject(error); // before the channel says that it was closed
        this.#drop(address, entry);
      };
      const timer = this.environment.timers.after(this.options.dialTimeoutMs, () =>
        fail(
          new Timeout(
            `${address}: no connection within ${this.options.dialTimeoutMs} ms`,
            unsent("transport.connect-timeout"),
          ),
        ),
      );
      const look = (): void => {
        if (this.#closed) return fail(clientClosed());
        const state = channel.getConnectivityState(true);
        if (state === states.READY) {
          timer.cancel();
          resolve();
        } else if (state === states.TRANSIENT_FAILURE || state === states.SHUTDOWN) {
          this.#drop(address, entry);
          void blameTls(address, this.environment, this.tls).then((blamed) =>
            fail(
              blamed ??
                new Unavailable(
                  `${address}: cannot connect; nobody speaks gRPC there`,
                  unsent("transport.connect-failed"),
                ),
            ),
          );
        } else channel.watchConnectivityState(state, Infinity, look);
      };
      look();
    });
  }

  /** Its calls go on; the next one gets another channel. */
  #drop(address: string, entry: Entry): void {
    if (this.#entries.get(address) !== entry) return;
    this.#entries.delete(address);
    entry.client.close();
  }

  #release(entry: Entry): void {
    if (--entry.calls > 0 || this.#closed) return;
    entry.idleSince = this.environment.clock.monotonic();
    this.#sweepLater();
  }

  #sweepLater(): void {
    this.#sweep ??= this.environment.timers.after(
      this.options.idleMs,
      () => {
        this.#sweep = undefined;
        const since = this.environment.clock.monotonic() - this.options.idleMs;
        for (const [address, entry] of this.#entries)
          if (entry.calls === 0 && entry.idleSince <= since) this.#drop(address, entry);
        if (this.#entries.size > 0) this.#sweepLater();
      },
      { background: true },
    );
  }

  /** Ends every call. Idempotent. */
  close(): void {
    this.#closed = true;
    this.tls?.close();
    this.#sweep?.cancel();
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { client, ends } of entries) {
      for (const end of [...ends]) end();
      client.close();
    }
  }
}

const unsent = (reason: string) => ({ id: "plugboard.client", reason, retry: "safe" }) as const;

/** Says that the client was closed. */
export const clientClosed = (): Unavailable =>
  new Unavailable("the client has been closed", {
    id: "plugboard.client",
    reason: "client.closed",
    retry: "never",
  });
