import type { Metadata, MutableMetadata } from "../base/metadata.js";
import type { PeerCertificate } from "../base/peer.js";
import type { RpcError } from "../base/error.js";
import type { BodyWriter } from "../codec/codec.js";

/** What the calls of one endpoint have in common. Named once on each connection. */
export interface LaneRoute {
  readonly service: string;
  /** `Greeter.Hello`. */
  readonly endpoint: string;
  readonly contentType: string;
  /** `unary` where it is left out. */
  readonly shape?: string;
}

/** What the peer is told of a call before its body. */
export interface LaneHead {
  /** The same object for all calls of a route: connections know it by its identity. */
  readonly route: LaneRoute;
  /** Milliseconds until the deadline; Infinity without one. */
  readonly timeoutMs: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly metadata: Metadata | undefined;
}

/** A unary call on its way to a peer. */
export interface LaneCall extends LaneHead {
  readonly writer: BodyWriter;
  readonly request: unknown;
  /** The reply's body is in `bytes` from `start` up to `end`, until this returns. */
  replied(bytes: Buffer, start: number, end: number): void;
  /** The peer answered with this error, in the form of header `Micro-Error`. */
  refused(line: string): void;
  /** No answer will come. */
  lost(error: RpcError): void;
  /** What the peer's handler says before its reply. */
  headers?(metadata: Metadata): void;
  /** What it says at the end; comes before `replied` and `refused`. */
  trailers?(metadata: Metadata): void;
}

/** One side's hold on a stream. Both directions are bounded by what the receiver allows. */
export interface LaneStream {
  /** Nothing goes through it any more, either way. */
  readonly over: boolean;
  /** A message may be sent. While it is false, none may; then `credit` follows, or the end. */
  readonly ready: boolean;
  /** Sends a message; does nothing once it is over. @throws ContentTooLarge, and what the writer throws; then nothing was sent. */
  send(writer: BodyWriter, value: unknown): void;
  /** Nothing more will be sent. From the serving side the stream has ended well with that. */
  end(): void;
  /** A message of so many bytes has been read: the peer may send as much again. */
  took(bytes: number): void;
  /** Gives it up; nothing follows. */
  leave(): void;
}

/** Hears what comes over a stream. Called from the connection; must not throw. */
export interface LaneStreamUser {
  /** A message is in `bytes` from `start` up to `end`, until this returns. */
  message(bytes: Buffer, start: number, end: number): void;
  /** The peer sends nothing more: for the caller the stream has ended well. */
  ended(): void;
  /** The stream is ready again. */
  credit(): void;
  /** The connection broke, or the caller gave the stream up. */
  lost(error: RpcError): void;
  /** On the calling side: what the peer's handler says before its first reply. */
  headers?(metadata: Metadata): void;
  /** On the calling side: what it says at the end; comes before `ended` and `refused`. */
  trailers?(metadata: Metadata): void;
}

/** A stream's call on its way to a peer. */
export interface LaneStreamCall extends LaneHead, LaneStreamUser {
  /** The peer ended it with this error, in the form of header `Micro-Error`. */
  refused(line: string): void;
}

/**
 * The dialling side of a connection that carries whole unary calls, many at once, without a
 * channel for each.
 */
export interface Lane {
  /** Calls and streams under way. */
  readonly calls: number;
  /** Calls and streams so far. */
  readonly sent: number;
  /**
   * Sends a call; exactly one of its `replied`, `refused` and `lost` follows, later, unless it is
   * cancelled. Answers the call's number. @throws Unavailable `transport.closed` or
   * `transport.busy`, safe to retry, and what the writer throws; then nothing was sent.
   */
  call(call: LaneCall): number;
  /** Gives a call up: the peer is told, and nothing follows. */
  cancel(number: number, call: LaneCall): void;
  /** Opens a stream; left out where streams have channels. @throws as `call` does. */
  stream?(call: LaneStreamCall): LaneStream;
}

/** The way back of calls that came over one connection. */
export interface LaneReplies {
  /** `host:port` of the peer. */
  readonly remoteAddress: string;
  /** Who the peer is, if it presented a certificate that was verified. */
  readonly certificate?: PeerCertificate | undefined;
  /** What the peer calls itself: `Micro-From-Service` of all its calls that say nothing else. */
  readonly from: string;
  /** Answers a call. Answers to calls that have been cancelled are dropped. @throws what the writer throws. */
  reply(call: number, writer: BodyWriter, value: unknown): void;
  /** Answers a call with an error, in the form of header `Micro-Error`. */
  fail(call: number, line: string): void;
  /** The same where the wire has a form of its own for errors; taken in the place of `fail`. */
  refuse?(call: number, error: RpcError): void;
  /**
   * Sends what a handler says before its first reply. @throws RpcError 431
   * `transport.headers-too-large` and BadRequest `frames.malformed`; then nothing was sent.
   */
  headers(call: number, metadata: Metadata): void;
  /** Sends what it says at the end, before the reply or error that ends the call. @throws as `headers` does. */
  trailers(call: number, metadata: Metadata): void;
}

/** A call being served. */
export interface LaneServing {
  /** It has been answered. */
  readonly done: boolean;
  /** The caller gave up, or went away: nobody waits for the answer. */
  gone(): void;
}

/** A unary call as it came. Its `bytes` are good until `serve` returns, its metadata for longer. */
export interface LaneRequest {
  readonly replies: LaneReplies;
  readonly number: number;
  /** Milliseconds that the caller waits; Infinity without a limit. */
  readonly timeoutMs: number;
  readonly attempt: number;
  readonly bytes: Buffer;
  /** The metadata that came, names of framing left out, as a call of `route`. A new object each time. */
  readMetadata(route: LaneRoute): MutableMetadata;
  /** Where its body begins and ends. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** Serves the calls of one route. */
export interface LaneTarget {
  serve(request: LaneRequest): LaneServing;
}

/** The serving side: looks a route up once for each connection. Never throws. */
export type LaneHandler = (route: LaneRoute) => LaneTarget;

/** Serves the streams of one route. */
export interface LaneStreamTarget {
  /** Takes a stream that was opened; `request` has no body. Never throws. */
  open(request: LaneRequest, stream: LaneStream): LaneStreamUser;
}

/** As {@link LaneHandler} for streams; undefined for routes whose streams need channels. */
export type LaneStreamHandler = (route: LaneRoute) => LaneStreamTarget | undefined;
