import type { Clock } from "../base/environment.js";
import type { Metadata, MutableMetadata } from "../base/metadata.js";
import { CancelScope } from "./cancel-scope.js";

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
  /** Milliseconds left until the deadline, never below 0; Infinity without one. */
  remainingMs(): number;
}

/** Where a call's metadata comes from when somebody asks for it. */
export interface MetadataSource {
  readMetadata(): MutableMetadata;
}

/** The engine's context. `deadlineAt` is on the monotonic clock, in milliseconds. */
export class CallContext implements Context {
  readonly scope = new CancelScope();
  /** Neighbours in a list of live calls. */
  earlierLive: CallContext | undefined;
  laterLive: CallContext | undefined;
  #metadata: MutableMetadata | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly source: MetadataSource | Metadata,
    readonly deadlineAt = Number.POSITIVE_INFINITY,
    readonly attempt = 1,
  ) {}

  get metadata(): MutableMetadata {
    return (this.#metadata ??= isSource(this.source) ? this.source.readMetadata() : this.source);
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

  remainingMs(): number {
    return Math.max(0, this.deadlineAt - this.clock.monotonic());
  }
}

/** Metadata holds texts only, so a function gives a source away. */
const isSource = (source: MetadataSource | Metadata): source is MetadataSource =>
  typeof source.readMetadata === "function";
