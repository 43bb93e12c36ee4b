import { Limited } from "../base/deadlines.js";
import type { RpcError } from "../base/error.js";
import { Canceled, Timeout } from "../base/errors.js";
import { newMetadata, type MutableMetadata } from "../base/metadata.js";
import type { Call, CallHandler, CallShape } from "../call/call.js";
import type { CallOptions } from "../call/call-options.js";
import { CallContext, type CancelOwner, type MetadataSource } from "../call/context.js";
import type { EndpointShape } from "../call/contract.js";
import { header, travellingMetadata, type Propagation } from "../call/headers.js";
import { begunAt } from "./begun-at.js";
import { inBegunCall } from "./begun-call.js";
import { attemptsOf, type AnyAttempts, type AttemptsOfParts } from "./attempts-of.js";
import type { Outcome } from "./carrier.js";
import type { Request } from "./client.js";
import type { MadeCall } from "./made-call.js";

/** What calls are made with. */
export interface OperationParts extends AttemptsOfParts {
  readonly propagation: Propagation;
  /** What the caller's service is called. */
  readonly from: string;
  /** The layers around whole calls; undefined when there are none. */
  readonly around: CallHandler | undefined;
}

/** A call of whatever shape with its limits: deadline, the call around it, the caller's signal. */
export class Operation extends Limited implements MadeCall, MetadataSource, CancelOwner {
  readonly service: string;
  /** On the monotonic clock. */
  readonly startedAt: number;
  readonly deadlineAt: number;
  /** The attempts under way; of several, the first. */
  protected attempts: AnyAttempts | undefined;
  #context: CallContext | undefined;
  /** The call as layers were shown it; they may have added metadata. */
  #view: Call | undefined;
  #untieParent: (() => void) | undefined;
  #abort: (() => void) | undefined;

  constructor(
    readonly parts: OperationParts,
    readonly made: Request,
    readonly kind: CallShape,
    readonly options: CallOptions,
    readonly parent: CallContext | undefined,
    /** Milliseconds that the caller gives it. */
    limitMs: number,
    readonly retries: number,
  ) {
    super();
    this.service = made.service;
    const now = (this.startedAt = parts.environment.clock.monotonic());
    const limitAt = (begunAt(options) ?? now) + limitMs;
    const deadlineAt = (this.deadlineAt = parent ? Math.min(limitAt, parent.deadlineAt) : limitAt);
    if (deadlineAt !== Number.POSITIVE_INFINITY) parts.deadlines.add(this, deadlineAt - now, now);
  }

  /** Made when first asked for: a plain call needs none. */
  get context(): CallContext {
    let context = this.#context;
    if (!context) {
      const { clock } = this.parts.environment;
      context = this.#context = new CallContext(clock, this, this.deadlineAt);
      context.owner = this;
    }
    return context;
  }

  /** Why it was cancelled; undefined while it was not. */
  get reason(): RpcError | undefined {
    return this.#context?.reason;
  }

  get shape(): EndpointShape {
    return this.made.shape;
  }

  get request(): unknown {
    return this.made.body;
  }

  /** Undefined as long as there is nothing to say: most calls carry none. */
  get metadata(): MutableMetadata | undefined {
    return this.#view || this.parent || this.options.metadata ? this.context.metadata : undefined;
  }

  readMetadata(): MutableMetadata {
    const { parent, options, parts } = this;
    const metadata = parent
      ? travellingMetadata(parent.metadata, parts.propagation)
      : newMetadata();
    if (options.metadata)
      for (const name of Object.keys(options.metadata))
        metadata[name.toLowerCase()] = options.metadata[name]!;
    metadata[header.fromService] ??= parts.from;
    return metadata;
  }

  /** The call as layers see it. */
  view(): Call {
    const { made, kind, context } = this;
    return (this.#view = {
      side: "client",
      service: made.service,
      endpoint: made.shape.endpoint,
      shape: kind,
      request: made.body,
      context,
      metadata: context.metadata,
      attempt: 1,
      [behind]: this,
    } as Call);
  }

  /** Makes the call as the layers around it left it. */
  attempt(call: Call): Promise<unknown> {
    return new Promise((replied, failed) => {
      const made = call === this.#view ? this : new ChangedCall(this, call);
      const attempts = attemptsOf(this.parts, made, { replied, failed });
      // A layer may make the call more than once.
      if (this.attempts) this.context.scope.onCancel(() => attempts.cancel());
      else this.attempts = attempts;
      attempts.begin();
    });
  }

  cancelled(_reason: RpcError): void {
    this.attempts?.cancel();
  }

  /** The deadline has passed. */
  expired(): void {
    this.context.scope.cancel(
      new Timeout(
        `${this.#what()}: no answer within ${Math.round(this.deadlineAt - this.startedAt)} ms; raise timeoutMs or look at the service's load`,
        { id: "plugboard.client", reason: "client.timeout" },
      ),
    );
  }

  /** Lets go of what could end it early. */
  untie(): void {
    this.parts.deadlines.remove(this);
    this.#untieParent?.();
    if (this.#abort) this.options.signal?.removeEventListener("abort", this.#abort);
  }

  /** Ties it to what could end it early, besides its deadline. Called once, when it begins. */
  tie(): void {
    const { parent } = this;
    const { signal } = this.options;
    if (!parent && !signal) return;
    const { scope } = this.context;
    if (parent) this.#untieParent = parent.scope.onCancel((reason) => scope.cancel(reason));
    if (!signal) return;
    this.#abort = () =>
      scope.cancel(
        new Canceled(`${this.#what()}: cancelled by its caller`, {
          id: "plugboard.client",
          reason: "client.canceled",
          retry: "never",
          cause: signal.reason,
        }),
      );
    if (signal.aborted) this.#abort();
    else signal.addEventListener("abort", this.#abort, { once: true });
  }

  #what(): string {
    return `${this.made.service} ${this.made.shape.endpoint}`;
  }
}

/** A call as the layers around it left it. */
class ChangedCall implements MadeCall {
  readonly service: string;
  readonly shape: EndpointShape;
  readonly kind: CallShape;
  readonly request: unknown;
  readonly metadata: MutableMetadata;

  constructor(
    private readonly operation: Operation,
    call: Call,
  ) {
    const { shape } = operation;
    this.service = call.service;
    this.shape = call.endpoint === shape.endpoint ? shape : { ...shape, endpoint: call.endpoint };
    this.kind = call.shape;
    this.request = call.request;
    this.metadata = call.metadata;
  }

  get context(): CallContext {
    return this.operation.context;
  }

  get reason(): RpcError | undefined {
    return this.operation.reason;
  }

  get deadlineAt(): number {
    return this.operation.deadlineAt;
  }

  get options(): CallOptions {
    return this.operation.options;
  }

  get retries(): number {
    return this.operation.retries;
  }

  get startedAt(): number {
    return this.operation.startedAt;
  }
}

/** An operation with one reply, as a promise. */
export class UnaryOperation extends Operation implements Outcome {
  #resolve!: (reply: unknown) => void;
  #reject!: (error: unknown) => void;
  #done = false;

  /** Makes the call. Called once. */
  run(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.tie();
      const { around } = this.parts;
      if (this.#done) return;
      if (around) this.#through(around);
      else (this.attempts = attemptsOf(this.parts, this, this)).begin();
    });
  }

  replied(reply: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.untie();
    this.#resolve(reply);
  }

  failed(error: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.untie();
    this.#reject(this.parent ? inBegunCall(error) : error);
  }

  override cancelled(reason: RpcError): void {
    if (this.#done) return;
    this.attempts?.cancel();
    this.failed(reason);
  }

  /** Through the layers, whose innermost begins the attempts. */
  #through(around: CallHandler): void {
    try {
      around(this.view()).then(
        (reply) => this.replied(reply),
        (error: unknown) => this.failed(error),
      );
    } catch (error) {
      this.failed(error);
    }
  }
}

/** Names the operation behind a layer's view. Changed copies of the view keep it. */
const behind = Symbol("plugboard.operation");

/** Makes a call as the layers around it left it. */
export const attemptChanged = (call: Call): Promise<unknown> =>
  (call as Call & { readonly [behind]: Operation })[behind].attempt(call);
