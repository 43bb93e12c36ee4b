import type { Metadata } from "../base/metadata.js";
import type { PeerCertificate } from "../base/peer.js";
import type { Lane, LaneHandler, LaneStreamHandler } from "./lane.js";

/** What travels: named texts and a body. Header names are lower-case. */
export interface Message {
  readonly headers: Metadata;
  readonly body: Uint8Array;
}

/** Bounds on what a peer may send. */
export interface TransportLimits {
  /** Bytes of one message's body. Default 4 MiB (4,194,304), gRPC's default as well. */
  readonly maxMessageBytes?: number;
  /** Bytes of one message's headers. Default 16 KiB (16,384), Node's own HTTP default. */
  readonly maxHeaderBytes?: number;
}

/** How to dial. */
export interface DialOptions extends TransportLimits {
  /** Milliseconds to wait for the connection. Default 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Asks for a connection that carries whole calls, many at once, because the node announces that
   * it takes them. A transport that knows none gives an ordinary one.
   */
  readonly lane?: {
    /** What the caller's service is called. */
    readonly from: string;
  };
}

/** How to listen. */
export interface ListenOptions extends TransportLimits {
  /** Milliseconds a peer may take to send one whole message once it has begun. Default 30,000. */
  readonly messageTimeoutMs?: number;
  /** Milliseconds a connection may stay without a call. Default 120,000. */
  readonly idleTimeoutMs?: number;
  /** Connections at once; more are refused. Default 10,000. */
  readonly maxConnections?: number;
}

/**
 * The two-way channel of one call: messages out, messages in.
 *
 * A unary call is one `send` and one `recv`. A stream is any number of both. Order is kept in each
 * direction. Bounded: a peer that sends faster than `recv` is called is held back.
 */
export interface Socket {
  /** `host:port` of the peer. */
  readonly remoteAddress: string;
  /** Who the peer is, if it presented a certificate that was verified. */
  readonly certificate?: PeerCertificate | undefined;
  /**
   * Sends a message; resolves when the next may be sent.
   * @throws Unavailable `transport.closed` when the channel is gone, BadRequest
   *   `transport.bad-header` for a header that cannot be sent.
   */
  send(message: Message): Promise<void>;
  /**
   * The next message, or undefined when the peer closed in good order. One `recv` at a time.
   * @throws Unavailable `transport.closed` when the channel broke, ContentTooLarge
   *   `transport.too-large` and RpcError 431 `transport.headers-too-large` for the limits,
   *   BadRequest `transport.malformed` for bytes that are no message.
   */
  recv(): Promise<Message | undefined>;
  /** Calls `listener` once when the peer goes away before `close` was called here. */
  onPeerClose(listener: () => void): void;
  /**
   * Ends the channel. On the dialling side, closing before the exchange is complete tells the
   * peer to stop. With `abort` the connection underneath is not used again. Idempotent.
   */
  close(options?: { readonly abort?: boolean }): Promise<void>;
}

/** A connection to one address. Serves many calls, `capacity` of them at once. */
export interface TransportClient {
  /** Sockets that may be open at once: 1 for mucp over HTTP. */
  readonly capacity: number;
  /** True when it can serve no further call. */
  readonly closed: boolean;
  /** Unary calls without a channel for each, when it was dialled for that. */
  readonly lane?: Lane;
  /**
   * Opens the channel of one call.
   * @throws Unavailable `transport.closed`, or `transport.busy` over the capacity; both safe to retry.
   */
  open(options?: { readonly stream?: boolean }): Socket;
  /** Closes at once, with every open socket. Idempotent. */
  close(): Promise<void>;
}

/** A bound address. */
export interface Listener {
  /** `host:port` as bound. */
  readonly address: string;
  /**
   * What goes into the metadata of nodes at this address, so that callers know what it takes besides
   * plain messages. Empty, or left out, where that is nothing.
   */
  readonly announces?: Readonly<Record<string, string>>;
  /** Why nobody can call here, such as TLS without a certificate: good for a process that serves nothing. */
  readonly unreachable?: string | undefined;
  /**
   * Starts taking calls; `handler` gets the channel of each. A listener that announces lanes gives
   * unary calls that come over one to `lane`, and streams to `streams`; `handler` gets only those
   * streams that `streams` does not take. Called once.
   */
  accept(handler: (socket: Socket) => void, lane?: LaneHandler, streams?: LaneStreamHandler): void;
  /** Takes no new connections and tells those that exist to go elsewhere; open calls go on. */
  drain(): Promise<void>;
  /** Closes everything at once. Idempotent. */
  close(): Promise<void>;
}

/** Carries messages between processes. */
export abstract class Transport {
  /** Short name, such as `http`; advertised in node metadata. */
  abstract readonly name: string;
  /**
   * Connects to `host:port`.
   * @throws Unavailable `transport.connect-failed` (safe to retry) that names the address and the
   *   system's reason, Timeout `transport.connect-timeout` (safe to retry), Canceled on abort.
   */
  abstract dial(address: string, options?: DialOptions): Promise<TransportClient>;
  /**
   * Binds `host:port`; port 0 takes a free one, and `:0` every interface.
   * @throws Unavailable `transport.address-in-use` or `transport.listen-failed`.
   */
  abstract listen(address: string, options?: ListenOptions): Promise<Listener>;
  /** Closes what is still open. Idempotent. */
  abstract close(): Promise<void>;
}
