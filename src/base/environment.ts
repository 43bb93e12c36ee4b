import type { SecureContext } from "node:tls";
import type { Logger } from "./logger.js";
import type { PeerCertificate } from "./peer.js";
import type { TlsConnect, TlsListen, TlsMaterial } from "./tls.js";

/** Wall and monotonic time. Milliseconds everywhere. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back. Fractions are allowed. */
  monotonic(): number;
}

/** A pending timer. Cancelling one that has fired, or cancelling twice, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Starts timers. Every timer of the framework comes from here, so a test can own time. */
export interface Timers {
  /**
   * Runs `callback` once, `delayMs` milliseconds from now (0: on a later turn of the event loop).
   * With `background: true` the timer does not keep the process alive.
   */
  after(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): Timer;
  /**
   * Runs `callback` when the work in hand and the promises that it settles are done, before the next
   * turn of the event loop. Cannot be taken back.
   */
  soon(callback: () => void): void;
}

/** Randomness. A seeded implementation makes a whole run repeatable. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number;
  /** A version 4 UUID in lower case. */
  uuid(): string;
}

/** What the owner of a {@link Connection} is told. Called in order; nothing follows `close`. */
export interface ConnectionListener {
  /** Bytes arrived. The array is the listener's to keep. */
  data(bytes: Uint8Array): void;
  /** The write buffer has emptied after a `write` that returned false. */
  drain?(): void;
  /** The peer will send no more bytes. */
  end?(): void;
  /** The connection is gone; `error` says why unless it ended in good order. */
  close(error?: Error): void;
}

/** One byte stream to a peer. */
export interface Connection {
  /** `host:port` of the peer, as seen by this process. */
  readonly remoteAddress: string;
  /** Who the peer is, if it presented a certificate that was verified. */
  readonly certificate?: PeerCertificate | undefined;
  /** Sets who hears of this connection. Data waits until a listener is set. */
  listen(listener: ConnectionListener): void;
  /** Queues bytes; the array must not change afterwards. False: wait for `drain` before writing more. */
  write(bytes: Uint8Array): boolean;
  /**
   * Bytes written that the system has not taken yet. While it is 0, arrays that were written may
   * change: the system has copies.
   */
  readonly queuedBytes: number;
  /** Stops, and starts again, the reading of bytes. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then ends this side. */
  end(): void;
  /** Drops the connection at once. */
  destroy(): void;
}

/** A bound address that accepts connections. */
export interface ConnectionServer {
  /** The bound port. */
  readonly port: number;
  /** The bound host. */
  readonly host: string;
  /** Stops accepting. Connections that were accepted live on. Idempotent. */
  close(): Promise<void>;
}

/** A UDP socket. */
export interface DatagramSocket {
  readonly port: number;
  send(bytes: Uint8Array, port: number, host: string): Promise<void>;
  close(): Promise<void>;
}

/** How to open a {@link DatagramSocket}. */
export interface DatagramOptions {
  /** Port to bind, 0 for any free one. */
  readonly port: number;
  /** Share the port with other processes of this host. */
  readonly shared?: boolean;
  /** Multicast group to join. */
  readonly multicastGroup?: string;
  /** IPv4 address of the interface to use for multicast; the system's choice when left out. */
  readonly multicastInterface?: string;
  readonly onMessage: (
    bytes: Uint8Array,
    from: { readonly host: string; readonly port: number },
  ) => void;
  readonly onError: (error: Error) => void;
}

/** The only way to the network. */
export interface Network {
  /**
   * Opens a byte stream; with `tls`, one whose peer is verified.
   * @throws the system's error (`code` such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`), or the signal's
   *   reason on abort.
   */
  connect(
    host: string,
    port: number,
    options?: { readonly signal?: AbortSignal; readonly tls?: TlsConnect | undefined },
  ): Promise<Connection>;
  /**
   * Binds and accepts. Port 0 takes any free port. With `tls`, connections are handed over once their
   * peers are let in.
   * @throws the system's error (`code` such as `EADDRINUSE`).
   */
  listen(
    host: string,
    port: number,
    accept: (connection: Connection) => void,
    tls?: TlsListen,
  ): Promise<ConnectionServer>;
  /**
   * What TLS is spoken with, for libraries that have sockets of their own.
   * @throws the system's error for what is no PEM, and for a key that is not the certificate's.
   */
  secureContext(material: TlsMaterial): SecureContext;
  /** Opens a UDP socket. @throws the system's error. */
  datagram(options: DatagramOptions): Promise<DatagramSocket>;
  /** IP addresses of this host's interfaces, loopback last. */
  addresses(): readonly {
    readonly address: string;
    readonly family: 4 | 6;
    readonly internal: boolean;
  }[];
  /** This host's name. */
  hostname(): string;
}

/** Files, as far as the framework reads them while it runs. */
export interface Files {
  /** The whole of a file. @throws the system's error (`code` such as `ENOENT`). */
  read(path: string): Promise<Uint8Array>;
}

/** The operating-system process, as far as the framework uses it. */
export interface ProcessHost {
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Command-line arguments after the script's name. */
  readonly args: readonly string[];
  /** Calls `listener` on each of the signals; the result stops listening. */
  onSignal(signals: readonly string[], listener: (signal: string) => void): () => void;
  /** Ends the process at once. Used for a second signal only. */
  exit(code: number): void;
  /** Bytes of memory in use, seconds the process has run, and the like, for `Debug.Stats`. */
  stats(): { readonly memoryBytes: number; readonly gcMs: number };
}

/**
 * Everything of the outside world that the framework touches: time, chance, the network,
 * files, the process, the log. Plugins receive one and use nothing else, so that a test can replace the world.
 */
export interface Environment {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly network: Network;
  readonly files: Files;
  readonly process: ProcessHost;
  readonly logger: Logger;
}
