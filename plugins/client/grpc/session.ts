import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from "node:http2";
import {
  Unavailable,
  askPeer,
  type Environment,
  type GrpcHeaders,
  type RpcError,
  type Timer,
} from "../../../src/spi.js";
import type { StreamEnd } from "./call-errors.js";

/** A call that can be ended from outside. */
export interface LiveCall {
  readonly stream: ClientHttp2Stream;
  abort(error: RpcError): void;
}

/** How the peer is asked whether it is there. */
export interface LifeSigns {
  /** Milliseconds of silence in a call after which it is asked. */
  readonly keepAliveMs: number;
  /** Milliseconds that it has to answer. */
  readonly keepAliveTimeoutMs: number;
}

/** Calls of one connection: a bit less than HTTP/2 has numbers for. */
const mostCalls = 2 ** 30 - 1_000_000;

/** An open connection to one address, and the calls on it. */
export class Session {
  readonly #calls = new Set<LiveCall>();
  #idleSince: number;
  #heard = false;
  #ended = false;
  #timer: Timer | undefined;
  #made = 0;
  #lastTaken = Infinity;
  #takesGzip: boolean | undefined;

  constructor(
    private readonly http2: ClientHttp2Session,
    private readonly environment: Environment,
    private readonly lifeSigns: LifeSigns,
  ) {
    this.#idleSince = environment.clock.monotonic();
    http2.unref();
    http2.on("goaway", (_code: number, last: number) => {
      this.#lastTaken = last;
      // Those that have not left yet never will, and Node would not tell them apart later.
      for (const call of [...this.#calls]) if (isIdle(call.stream)) call.abort(notSent());
      this.#endWhenIdle();
    });
    http2.once("close", () => this.#timer?.cancel());
  }

  /** Whether it takes another call. */
  get open(): boolean {
    return !this.#ended && !this.http2.closed && !this.http2.destroyed && this.#made < mostCalls;
  }

  /** Since when it has been without calls; Infinity while it has some. */
  get idleSince(): number {
    return this.#calls.size > 0 ? Infinity : this.#idleSince;
  }

  /** Whether the server reads gzip, as far as it has said. */
  get takesGzip(): boolean {
    return this.#takesGzip ?? true;
  }

  /** Learns what the server can from the headers of an answer. */
  learn({ "grpc-accept-encoding": accepted }: GrpcHeaders): void {
    if (accepted === undefined || this.#takesGzip !== undefined) return;
    this.#takesGzip = String(accepted)
      .split(",")
      .some((each) => each.trim() === "gzip");
  }

  /** @throws Unavailable `transport.connect-failed` when it takes no calls any more. */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    if (!this.open) throw notSent();
    this.#made++;
    return this.http2.request(headers);
  }

  /** Whether a reply that ended in good order without a status did so by itself. */
  endedAlone({ readableEnded, rstCode }: ClientHttp2Stream): boolean {
    return readableEnded && rstCode === constants.NGHTTP2_NO_ERROR && !this.http2.closed;
  }

  /** How a stream of this connection was closed. */
  endOf({ id, rstCode }: ClientHttp2Stream): StreamEnd {
    return {
      code: rstCode,
      taken: id !== undefined && id <= this.#lastTaken,
      withConnection: this.http2.closed || this.http2.destroyed,
    };
  }

  /** Says that something has come. */
  heard(): void {
    this.#heard = true;
  }

  enter(call: LiveCall): void {
    if (this.#calls.size === 0) this.http2.ref();
    this.#calls.add(call);
    this.#timer ??= this.#listen();
  }

  leave(call: LiveCall): void {
    if (!this.#calls.delete(call) || this.#calls.size > 0) return;
    this.#idleSince = this.environment.clock.monotonic();
    if (!this.http2.destroyed) this.http2.unref();
    this.#endWhenIdle();
  }

  /** Its calls go on. */
  close(): void {
    this.http2.close();
    this.#endWhenIdle();
  }

  /** Node leaves that to the server where a GOAWAY was on its way. */
  #endWhenIdle(): void {
    if (!this.http2.closed || this.#calls.size > 0) return;
    this.#end();
  }

  /** Ends its calls, each with an error of its own. */
  destroy(error: () => RpcError): void {
    for (const call of [...this.#calls]) call.abort(error());
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.http2.destroy();
  }

  /** Waits for anything to come, from now on. */
  #listen(): Timer {
    this.#heard = false;
    return this.environment.timers.after(
      this.lifeSigns.keepAliveMs,
      () => {
        this.#timer = undefined;
        if (this.http2.destroyed) return;
        // Those that were not answered have left by now, it may be.
        if (!this.#heard) this.#timer = this.#ask();
        else if (this.#calls.size > 0) this.#timer = this.#listen();
      },
      { background: true },
    );
  }

  #ask(): Timer {
    const { keepAliveTimeoutMs } = this.lifeSigns;
    return askPeer(this.http2, keepAliveTimeoutMs, this.environment.timers, {
      answered: (failure) => {
        this.#timer = failure || this.#calls.size === 0 ? undefined : this.#listen();
      },
      silent: () => this.destroy(() => silent(keepAliveTimeoutMs)),
    });
  }
}

/** Whether nothing of it has been sent. */
const isIdle = ({ state }: ClientHttp2Stream): boolean =>
  state.state === constants.NGHTTP2_STREAM_STATE_IDLE;

const notSent = (): Unavailable =>
  new Unavailable("the server left before the call was sent", {
    id: "plugboard.client",
    reason: "transport.connect-failed",
    retry: "safe",
  });

const silent = (ms: number): Unavailable =>
  new Unavailable(
    `the server did not answer a ping within ${ms} ms, and the connection was given up`,
    {
      id: "plugboard.client",
      reason: "transport.closed",
    },
  );
