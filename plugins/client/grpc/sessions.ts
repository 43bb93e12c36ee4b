import { constants, type ClientHttp2Session } from "node:http2";
import type { Environment, Timer, TlsCredentials } from "../../../src/spi.js";
import { clientClosed } from "./client-closed.js";
import { dialHttp2, type Dialling } from "./dial-http2.js";
import { Session, type LifeSigns } from "./session.js";

/** How connections are made and kept. */
export interface SessionsOptions extends LifeSigns {
  /** Milliseconds to wait for a connection. */
  readonly dialTimeoutMs: number;
  /** Milliseconds that a connection without calls is kept. */
  readonly idleMs: number;
}

/** A connection for each address, kept for the next call. */
export class Sessions {
  readonly #open = new Map<string, Session>();
  readonly #reaching = new Map<string, Promise<Session>>();
  readonly #dialling = new Set<Dialling>();
  /** Those that finish their calls, and take no others. */
  readonly #retired = new Set<Session>();
  /** Milliseconds of silence before a ping, by the address of servers that have complained. */
  readonly #patience = new Map<string, number>();
  #sweep: Timer | undefined;
  #closed = false;

  constructor(
    private readonly environment: Environment,
    private readonly options: SessionsOptions,
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
   * @throws what dialling throws, and Unavailable `client.closed`.
   */
  async reach(address: string): Promise<Session> {
    if (this.#closed) throw clientClosed();
    const session = this.at(address);
    if (session) return session;
    let reaching = this.#reaching.get(address);
    if (!reaching) {
      reaching = this.#dial(address).finally(() => this.#reaching.delete(address));
      this.#reaching.set(address, reaching);
    }
    return reaching;
  }

  async #dial(address: string): Promise<Session> {
    this.#drop(address);
    const { environment, options, tls } = this;
    const dialling = dialHttp2(address, options.dialTimeoutMs, environment, tls);
    this.#dialling.add(dialling);
    try {
      return this.#keep(address, await dialling.session);
    } finally {
      this.#dialling.delete(dialling);
    }
  }

  #keep(address: string, http2: ClientHttp2Session): Session {
    const { keepAliveMs, keepAliveTimeoutMs } = this.options;
    const lifeSigns = {
      keepAliveMs: this.#patience.get(address) ?? keepAliveMs,
      keepAliveTimeoutMs,
    };
    const session = new Session(http2, this.environment, lifeSigns);
    if (this.#closed || http2.destroyed) {
      session.destroy(clientClosed);
      return session;
    }
    this.#open.set(address, session);
    const retire = (): void => {
      if (this.#open.get(address) === session) this.#open.delete(address);
    };
    http2.once("goaway", (code: number) => {
      if (code === constants.NGHTTP2_ENHANCE_YOUR_CALM)
        this.#askLess(address, 2 * lifeSigns.keepAliveMs);
      retire();
      if (!http2.destroyed) this.#retired.add(session);
    });
    http2.once("close", () => {
      retire();
      this.#retired.delete(session);
    });
    this.#sweepLater();
    return session;
  }

  #askLess(address: string, keepAliveMs: number): void {
    this.#patience.set(address, keepAliveMs);
    const { logger } = this.environment;
    logger.warn("a server asks for calm; it is pinged less from now on", { address, keepAliveMs });
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
        else this.#patience.clear();
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
    for (const dialling of [...this.#dialling]) dialling.fail(clientClosed());
    for (const session of [...this.#open.values(), ...this.#retired]) session.destroy(clientClosed);
    this.#open.clear();
    this.#retired.clear();
  }
}
