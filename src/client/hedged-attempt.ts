import type { Timer } from "../base/environment.js";
import type { RpcError } from "../base/error.js";
import { toMetadata, type MutableMetadata } from "../base/metadata.js";
import type { CallShape } from "../call/call.js";
import type { CallOptions } from "../call/call-options.js";
import { CallContext, type CancelOwner, type MetadataSource } from "../call/context.js";
import type { EndpointShape } from "../call/contract.js";
import type { ServiceNode } from "../registry/registry.js";
import { noOtherNode, type AttemptPlace } from "./attempt-place.js";
import { Attempts, type AttemptsParts } from "./attempts.js";
import type { Outcome } from "./carrier.js";
import { HeardMetadata, listens } from "./heard-metadata.js";
import type { MadeCall } from "./made-call.js";

/** Hears what becomes of the attempts of a hedged call. */
export interface HedgedCall {
  /** The attempt has its node and is about to be made. */
  placed(): void;
  /** There was no node for it. */
  unplaced(attempt: HedgedAttempt): void;
  replied(attempt: HedgedAttempt, reply: unknown): void;
  failed(attempt: HedgedAttempt, error: unknown): void;
}

/** How an attempt of a hedged call begins. */
export interface HedgedAttemptOptions {
  /** Attempts made before. */
  readonly before: number;
  /** Nodes that have been tried. The attempt adds its own. */
  readonly tried: Set<string>;
  /** It is made on none of those, rather than again. */
  readonly elsewhere: boolean;
}

/** One attempt of a call that is made on several nodes at a time: it can be cancelled by itself. */
export class HedgedAttempt implements MadeCall, Outcome, AttemptPlace, CancelOwner, MetadataSource {
  readonly context: CallContext;
  readonly options: CallOptions;
  readonly retries = 0;
  readonly before: number;
  readonly tried: Set<string>;
  /** When its node was found, on the monotonic clock; undefined until then. */
  placedAt: number | undefined;
  readonly #elsewhere: boolean;
  readonly #attempts: Attempts;
  readonly #heard: HeardMetadata | undefined;
  #pause: Timer | undefined;
  #over = false;

  constructor(
    private readonly parts: AttemptsParts,
    private readonly whole: MadeCall,
    private readonly call: HedgedCall,
    { before, tried, elsewhere }: HedgedAttemptOptions,
  ) {
    const { clock, logger } = parts.environment;
    this.before = before;
    this.tried = tried;
    this.#elsewhere = elsewhere;
    this.context = new CallContext(clock, this, whole.deadlineAt);
    this.context.owner = this;
    this.context.whole = whole.context;
    const { options } = whole;
    const heard = listens(options) ? new HeardMetadata(options, logger) : undefined;
    this.#heard = heard;
    this.options = heard
      ? {
          ...options,
          onHeaders: (metadata) => heard.headers(metadata),
          onTrailers: (metadata) => heard.trailers(metadata),
        }
      : options;
    this.#attempts = new Attempts(parts, this, this, this);
  }

  get service(): string {
    return this.whole.service;
  }

  get shape(): EndpointShape {
    return this.whole.shape;
  }

  get kind(): CallShape {
    return this.whole.kind;
  }

  get request(): unknown {
    return this.whole.request;
  }

  /** Its own, since layers around attempts add to it. */
  get metadata(): MutableMetadata | undefined {
    return this.whole.metadata && this.context.metadata;
  }

  get reason(): RpcError | undefined {
    return this.context.reason;
  }

  get deadlineAt(): number {
    return this.whole.deadlineAt;
  }

  get startedAt(): number {
    return this.whole.startedAt;
  }

  readMetadata(): MutableMetadata {
    return toMetadata(this.whole.context.metadata);
  }

  /** Makes it, after a pause of `afterMs` milliseconds. Called once. */
  begin(afterMs: number): void {
    if (afterMs === 0) this.#attempts.begin();
    else this.#pause = this.parts.environment.timers.after(afterMs, () => this.#attempts.begin());
  }

  accepts({ id }: ServiceNode): boolean {
    if (this.#elsewhere && this.tried.has(id)) return false;
    this.tried.add(id);
    this.placedAt = this.parts.environment.clock.monotonic();
    this.call.placed();
    return true;
  }

  /** Its caller is told what was said beside its reply. */
  counts(): void {
    this.#heard?.counts();
  }

  /** Gives it up; its outcome is not told any more. */
  cancel(reason: RpcError): void {
    if (this.#over) return;
    this.#over = true;
    this.#pause?.cancel();
    this.context.scope.cancel(reason);
  }

  cancelled(_reason: RpcError): void {
    this.#attempts.cancel();
  }

  replied(reply: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.call.replied(this, reply);
  }

  failed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (error === noOtherNode) this.call.unplaced(this);
    else this.call.failed(this, error);
  }
}
