import type { Clock } from "../base/environment.js";
import type { RpcError } from "../base/error.js";
import type { Metadata, MutableMetadata } from "../base/metadata.js";
import type { Peer } from "../base/peer.js";
import { CancelScope } from "./cancel-scope.js";
import { ReplyMetadata } from "./reply-metadata.js";

/** What a handler, a subscriber and an interceptor know of the call around them. */
export interface Context {
  /** Aborts when the deadline passes, the caller cancels or goes away, or the service is forced to stop. */
  readonly signal: AbortSignal;
  /** When the call must have ended; undefined without a limit. */
  readonly deadline: Date | undefined;
  /** Metadata that came with the call; names are lower-case. */
  readonly metadata: Metadata;
  /** W3C trace context, when the caller sent one. */
  readonly traceparent: string | undefined;
  /** 1 for a first attempt; more when the caller is trying again. */
  readonly attempt: number;
  /**
   * What the caller is told before the first reply: write to it until then, later it is too late.
   * Bytes go as base64 under names that end with `-bin`. Goes out with errors as well; means nothing
   * for events.
   */
  readonly replyHeaders: MutableMetadata;
  /** What the caller is told after the last reply, or with the error. As {@link replyHeaders}. */
  readonly replyTrailers: MutableMetadata;
  /**
   * On a server: who is at the other end of the connection over which the call came, by its verified
   * certificate. Undefined for events that come through a broker, and on the calling side.
   */
  readonly peer: Peer | undefined;
  /** Milliseconds left until the deadline, never below 0; Infinity without one. */
  remainingMs(): number;
}

/** Where a call's metadata comes from when somebody asks for it. */
export interface MetadataSource {
  readMetadata(): MutableMetadata;
  /** Who called, where that is known. */
  readPeer?(): Peer | undefined;
}

/** Whoever runs a call, and so has to end it when it is cancelled. */
export interface CancelOwner {
  cancelled(reason: RpcError): void;
}

/** The engine's context. `deadlineAt` is on the monotonic clock, in milliseconds. */
export class CallContext implements Context {
  /** Hears of a cancellation before everybody else. */
  owner: CancelOwner | undefined;
  /** Neighbours in a list of live calls. */
  earlierLive: CallContext | undefined;
  laterLive: CallContext | undefined;
  /** What is said beside the replies; undefined while nobody has looked at it. */
  reply: ReplyMetadata | undefined;
  /** The call that this is an attempt of, where attempts have contexts of their own. */
  whole: CallContext | undefined;
  #metadata: MutableMetadata | undefined;
  #scope: CancelScope | undefined;
  /** Why it is over, as long as nobody has asked for the scope. */
  #over: RpcError | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly source: MetadataSource | Metadata,
    readonly deadlineAt = Number.POSITIVE_INFINITY,
    readonly attempt = 1,
  ) {}

  get metadata(): MutableMetadata {
    return (this.#metadata ??= isSource(this.source) ? this.source.readMetadata() : this.source);
  }

  /** Made when first asked for: most calls end without anybody having looked. */
  get scope(): CancelScope {
    let scope = this.#scope;
    if (!scope) {
      scope = this.#scope = new CancelScope((reason) => this.owner?.cancelled(reason));
      if (this.#over) scope.cancel(this.#over);
    }
    return scope;
  }

  /** Why it was cancelled; undefined while it was not. */
  get reason(): RpcError | undefined {
    return this.#scope ? this.#scope.reason : this.#over;
  }

  /** Cancels what is left of a call that is done. Its owner is not told. */
  end(reason: RpcError): void {
    this.owner = undefined;
    if (this.#scope) this.#scope.cancel(reason);
    else this.#over = reason;
  }

  get signal(): AbortSignal {
    return this.scope.signal;
  }

  get deadline(): Date | undefined {
    const left = this.deadlineAt - this.clock.monotonic();
    return Number.isFinite(left) ? new Date(this.clock.now() + left) : undefined;
  }

  get traceparent(): string | undefined {
    return this.metadata["traceparent"];
  }

  get replyHeaders(): MutableMetadata {
    return (this.reply ??= new ReplyMetadata()).headers;
  }

  get replyTrailers(): MutableMetadata {
    return (this.reply ??= new ReplyMetadata()).trailers;
  }

  get peer(): Peer | undefined {
    return isSource(this.source) ? this.source.readPeer?.() : undefined;
  }

  remainingMs(): number {
    return Math.max(0, this.deadlineAt - this.clock.monotonic());
  }
}

/** Metadata holds texts only, so a function gives a source away. */
const isSource = (source: MetadataSource | Metadata): source is MetadataSource =>
  typeof source.readMetadata === "function";
