import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import {
  askPeer,
  deferDestroy,
  holdSession,
  readPeerCertificate,
  ServingTurns,
  type Environment,
  type Peer,
  type Timer,
} from "../../../src/spi.js";
import { Patience } from "./patience.js";
import { turnAway } from "./turn-away.js";

/** How a peer is asked whether it is there. */
export interface LifeSigns {
  /** Milliseconds of silence after which it is asked. */
  readonly keepAliveMs: number;
  /** Milliseconds that it has to answer. */
  readonly keepAliveTimeoutMs: number;
}

/** Milliseconds that a caller has at least to end its side of a call that has been answered; twice that at most. */
const lingerMs = 1_000;

/** Bytes of answers that a caller may leave unread before it gets no others; over frames it is as many. */
const mostUnreadBytes = 33_554_432;
/** Bytes of an answer that counts: of smaller ones there are never enough open. */
const leastCountedBytes = 16_384;

/** Calls that it may make all the same, and have turned away. */
const mostTurnedAway = 100;

/** What a connection is told about calls. */
export interface ConnectionLimits extends LifeSigns {
  /** Milliseconds that the request of a call of one may take to arrive. */
  readonly messageTimeoutMs: number;
}

/** A call whose request has not come yet. */
export interface Arriving {
  /** It has taken too long. */
  late(): void;
}

/** One connection of a caller. */
export class Connection {
  #peer: Peer | undefined;
  #timer: Timer | undefined;
  #heard = false;
  #leaving = false;
  #unreadBytes = 0;
  #turnedAway = 0;
  /** Streams of calls that have been answered, and whose callers have not ended their side. */
  readonly #answered: Patience<ServerHttp2Stream>;
  /** Calls whose requests are to come. */
  readonly arriving: Patience<Arriving>;
  /** Calls whose requests have come. */
  readonly turns: ServingTurns;

  constructor(
    private readonly session: ServerHttp2Session,
    private readonly environment: Environment,
    private readonly limits: ConnectionLimits,
  ) {
    const { timers } = environment;
    this.#answered = new Patience(timers, lingerMs, (stream) => stream.close());
    this.arriving = new Patience(timers, limits.messageTimeoutMs / 2, (call) => call.late());
    this.turns = new ServingTurns(timers);
    this.#listen();
    deferDestroy(session, timers);
    holdSession(session, timers);
    session.on("error", () => undefined); // "close" tells
    session.once("close", () => {
      this.#timer?.cancel();
      this.#answered.close();
      this.arriving.close();
    });
  }

  /** Who is at the other end, read once: a connection that has closed does not tell any more. */
  get peer(): Peer {
    return (this.#peer ??= peerOf(this.session));
  }

  /** Whether its caller has been told to go elsewhere. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /**
   * Turns a call away whose caller leaves its answers unread, and says whether it did. Whoever goes on calling
   * without reading any of them is given up.
   */
  turnsAway(stream: ServerHttp2Stream): boolean {
    if (this.#unreadBytes <= mostUnreadBytes) return false;
    turnAway(stream);
    if (++this.#turnedAway === mostTurnedAway) this.destroy();
    return true;
  }

  /** Counts the last bytes of an answer until they have been read, or the stream has broken. */
  owe(stream: ServerHttp2Stream, bytes: number): void {
    if (bytes < leastCountedBytes) return;
    this.#unreadBytes += bytes;
    stream.once("close", () => {
      this.#unreadBytes -= bytes;
      this.#turnedAway = 0;
    });
  }

  /** Says that a call has come. */
  heard(): void {
    this.#heard = true;
  }

  /** Tells the caller to go elsewhere; the connection ends with the last of its calls. */
  leave(): void {
    const { session } = this;
    if (this.#leaving || session.destroyed) return;
    this.#leaving = true;
    session.close();
  }

  /** Waits for the caller to end its side of a call that has been answered, and not for ever. */
  linger(stream: ServerHttp2Stream): void {
    this.#answered.add(stream);
  }

  /** A stream has closed. */
  closed(stream: ServerHttp2Stream): void {
    this.#answered.delete(stream);
  }

  /** Ends it with all its calls; no caller takes that for a good end. */
  destroy(): void {
    this.session.destroy(new Error("the connection was given up"), constants.NGHTTP2_CANCEL);
  }

  #listen(): void {
    const { timers } = this.environment;
    const { keepAliveMs } = this.limits;
    this.#timer = timers.after(
      keepAliveMs,
      () => {
        const silent = !this.#heard;
        this.#heard = false;
        if (silent) this.#ask();
        else this.#listen();
      },
      { background: true },
    );
  }

  #ask(): void {
    const { session } = this;
    if (session.destroyed) return;
    this.#timer = askPeer(session, this.limits.keepAliveTimeoutMs, this.environment.timers, {
      answered: (failure) => {
        if (!failure) this.#listen();
      },
      silent: () => this.destroy(),
    });
  }
}

function peerOf({ socket }: ServerHttp2Session): Peer {
  const { remoteAddress = "", remotePort = 0 } = socket;
  const mapped = remoteAddress.startsWith("::ffff:") && remoteAddress.includes(".");
  const host = mapped ? remoteAddress.slice(7) : remoteAddress;
  return {
    address: host.includes(":") ? `[${host}]:${remotePort}` : `${host}:${remotePort}`,
    certificate: certificateOf(socket as TLSSocket),
  };
}

const certificateOf = (socket: TLSSocket): Peer["certificate"] =>
  socket.authorized ? readPeerCertificate(socket.getPeerCertificate()) : undefined;
