import { connect, type ClientHttp2Session, type ClientSessionOptions } from "node:http2";
import { isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  Timeout,
  Unavailable,
  type Environment,
  type RpcError,
  type Timer,
  type TlsCredentials,
} from "../../../../src/spi.js";
import { blameTls } from "../blame-tls.js";
import { clientClosed, type ChannelOptions } from "../channels.js";
import { Session } from "./session.js";

/** Bytes that a peer may send ahead, on one stream and on a whole connection. */
const streamWindow = 1_048_576;
const connectionWindow = 4 * streamWindow;

/** A connection for each address, kept for the next call. */
export class Sessions {
  readonly #open = new Map<string, Session>();
  readonly #dialling = new Map<string, Promise<Session>>();
  readonly #retired = new Set<Session>();
  readonly #attempts = new Set<(error: RpcError) => void>();
  #sweep: Timer | undefined;
  #closed = false;

  constructor(
    private readonly environment: Environment,
    private readonly options: ChannelOptions,
    private readonly tls: TlsCredentials | undefined,
  ) {
    // Calls in hand go on; the next ones go by what is new.
    tls?.onChange(() => {
      for (const address of [...this.#open.keys()]) this.#drop(address);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The connection to `address`, if there is one. */
  at(address: string): Session | undefined {
    const session = this.#open.get(address);
    return session?.open ? session : undefined;
  }

  /**
   * The same, opened when there is none: what fails before has not been sent.
   * @throws Unavailable `transport.connect-failed` and Timeout `transport.connect-timeout`, safe to
   *   retry, and Unavailable `client.closed`.
   */
  async reach(address: string): Promise<Session> {
    if (this.#closed) throw clientClosed();
    const session = this.at(address);
    if (session) return session;
    let dialling = this.#dialling.get(address);
    if (!dialling) {
      dialling = this.#dial(address).finally(() => this.#dialling.delete(address));
      this.#dialling.set(address, dialling);
    }
    return dialling;
  }

  #dial(address: string): Promise<Session> {
    return new Promise((resolve, reject) => {
      const http2 = this.#connect(address);
      const fail = (error: RpcError): void => {
        settle();
        reject(error);
        http2.destroy();
      };
      const timer = this.environment.timers.after(this.options.dialTimeoutMs, () =>
        fail(
          new Timeout(
            `${address}: no connection within ${this.options.dialTimeoutMs} ms`,
            unsent("transport.connect-timeout"),
          ),
        ),
      );
      const settle = (): void => {
        timer.cancel();
        http2.off("close", refused);
        this.#attempts.delete(fail);
      };
      const refused = (): void =>
        void blameTls(address, this.environment, this.tls).then((blamed) =>
          fail(
            blamed ??
              new Unavailable(
                `${address}: cannot connect; nobody speaks gRPC there`,
                unsent("transport.connect-failed"),
              ),
          ),
        );
      this.#attempts.add(fail);
      http2.on("error", ignore); // "close" tells
      http2.once("close", refused);
      // HTTP/2 begins with the server's settings: before, anybody may be there.
      http2.once("remoteSettings", () => {
        settle();
        http2.setLocalWindowSize(connectionWindow);
        const session = new Session(http2, this.environment, this.options);
        this.#open.set(address, session);
        const retire = (): void => {
          if (this.#open.get(address) === session) this.#open.delete(address);
        };
        http2.once("goaway", () => {
          retire();
          if (!http2.destroyed) this.#retired.add(session);
        });
        http2.once("close", () => {
          retire();
          this.#retired.delete(session);
        });
        this.#sweepLater();
        resolve(session);
      });
    });
  }

  #connect(address: string): ClientHttp2Session {
    const options: ClientSessionOptions = {
      settings: { enablePush: false, initialWindowSize: streamWindow },
      maxSessionMemory: Number.MAX_SAFE_INTEGER, // what is bounded is each message
    };
    if (!this.tls) return connect(`http://${address}`, options);
    const { material, verify, serverName } = this.tls;
    const colon = address.lastIndexOf(":");
    const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
    const name = serverName ?? (isIP(host) ? undefined : host);
    const socket = connectTls({
      host,
      port: Number(address.slice(colon + 1)),
      secureContext: this.environment.network.secureContext(material),
      rejectUnauthorized: verify,
      ALPNProtocols: ["h2"],
      ...(name !== undefined && { servername: name }),
    });
    const http2 = connect(`https://${address}`, { ...options, createConnection: () => socket });
    // A session that hears a TLS alert after the handshake keeps its socket, and never closes.
    socket.once("error", () => socket.destroy());
    return http2;
  }

  /** Its calls go on; the next one gets another connection. */
  #drop(address: string): void {
    const session = this.#open.get(address);
    if (!session) return;
    this.#open.delete(address);
    this.#retired.add(session);
    session.close();
  }

  #sweepLater(): void {
    if (this.#closed) return;
    this.#sweep ??= this.environment.timers.after(
      this.options.idleMs,
      () => {
        this.#sweep = undefined;
        const since = this.environment.clock.monotonic() - this.options.idleMs;
        for (const [address, session] of this.#open)
          if (session.idleSince <= since) this.#drop(address);
        if (this.#open.size > 0) this.#sweepLater();
      },
      { background: true },
    );
  }

  /** Ends every call. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.tls?.close();
    this.#sweep?.cancel();
    for (const fail of [...this.#attempts]) fail(clientClosed());
    for (const session of [...this.#open.values(), ...this.#retired])
      session.destroy(clientClosed());
    this.#open.clear();
  }
}

const ignore = (): void => undefined;

const unsent = (reason: string) => ({ id: "plugboard.client", reason, retry: "safe" }) as const;
