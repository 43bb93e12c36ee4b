import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { Environment, RpcError, Timer } from "../../../../src/spi.js";

/** A call that can be ended from outside. */
export interface LiveCall {
  abort(error: RpcError): void;
}

/** How the peer is asked whether it is there. */
export interface LifeSigns {
  /** Milliseconds of silence in a call after which it is asked. */
  readonly keepAliveMs: number;
  /** Milliseconds that it has to answer. */
  readonly keepAliveTimeoutMs: number;
}

/** An open connection to one address, and the calls on it. */
export class Session {
  readonly #calls = new Set<LiveCall>();
  #idleSince: number;
  #alive = false;
  #timer: Timer | undefined;

  constructor(
    private readonly http2: ClientHttp2Session,
    private readonly environment: Environment,
    private readonly lifeSigns: LifeSigns,
  ) {
    this.#idleSince = environment.clock.monotonic();
    http2.unref();
    http2.once("close", () => this.#timer?.cancel());
  }

  /** Whether it takes another call. */
  get open(): boolean {
    return !this.http2.closed && !this.http2.destroyed;
  }

  /** Since when it has been without calls; Infinity while it has some. */
  get idleSince(): number {
    return this.#calls.size > 0 ? Infinity : this.#idleSince;
  }

  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    this.#alive = true;
    return this.http2.request(headers);
  }

  /** Says that something has come. */
  heard(): void {
    this.#alive = true;
  }

  enter(call: LiveCall): void {
    if (this.#calls.size === 0) this.http2.ref();
    this.#calls.add(call);
    this.#timer ??= this.#ask();
  }

  leave(call: LiveCall): void {
    this.#alive = true;
    this.#calls.delete(call);
    if (this.#calls.size > 0) return;
    this.#idleSince = this.environment.clock.monotonic();
    if (!this.http2.destroyed) this.http2.unref();
  }

  /** Its calls go on. */
  close(): void {
    this.http2.close();
  }

  /** Ends its calls with that. */
  destroy(error: RpcError): void {
    for (const call of [...this.#calls]) call.abort(error);
    this.http2.destroy();
  }

  #ask(): Timer {
    const { keepAliveMs, keepAliveTimeoutMs } = this.lifeSigns;
    const { timers } = this.environment;
    return timers.after(
      keepAliveMs,
      () => {
        this.#timer = undefined;
        const silent = !this.#alive;
        this.#alive = false;
        if (this.#calls.size === 0 || this.http2.destroyed) return;
        if (!silent) {
          this.#timer = this.#ask();
          return;
        }
        this.#timer = timers.after(keepAliveTimeoutMs, () => this.http2.destroy(), {
          background: true,
        });
        this.http2.ping((error) => {
          this.#timer?.cancel();
          this.#timer = error ? undefined : this.#ask();
        });
      },
      { background: true },
    );
  }
}
