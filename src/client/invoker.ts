import { Deadlines } from "../base/deadlines.js";
import type { Environment } from "../base/environment.js";
import { noMetadata } from "../base/metadata.js";
import type { Ambient } from "../call/ambient.js";
import { compose, type CallShape, type Interceptor } from "../call/call.js";
import type { CallOptions } from "../call/call-options.js";
import type { ClientStream } from "../call/client-of.js";
import { CallContext } from "../call/context.js";
import type { EndpointShape } from "../call/contract.js";
import type { Propagation } from "../call/headers.js";
import { orCancelled } from "../call/or-cancelled.js";
import type { Selector, SelectOptions } from "../selector/selector.js";
import { carryChanged } from "./attempts.js";
import { beginsAt } from "./begun-at.js";
import type { Attempt, Carrier } from "./carrier.js";
import type { Request } from "./client.js";
import { tie } from "./deadline.js";
import { guardStream } from "./guard-stream.js";
import { attemptChanged, Operation, UnaryOperation, type OperationParts } from "./operation.js";
import { RetryBudget } from "./retry-budget.js";

/** Defaults of a client's calls. */
export interface InvokerOptions {
  /** Milliseconds for a unary call, retries included. Default 5,000 (go-micro's). */
  readonly timeoutMs: number;
  /** Further attempts. Default 1 (go-micro's). */
  readonly retries: number;
  /** Which metadata of a served call goes on with calls made in it. Default `all`. */
  readonly propagation: Propagation;
  /** Name that goes out as `Micro-From-Service` outside of any served call. */
  readonly from: string;
  readonly protocol: string;
}

/** Makes calls: context, interceptors, choice of node, attempts. Knows no protocol. */
export class Invoker {
  readonly #parts: OperationParts;
  readonly #deadlines: Deadlines;
  /** What is asked of the selector, by shape: the same object each time, so that it is remembered by it. */
  readonly #selectOptions = new WeakMap<EndpointShape, SelectOptions>();
  /** What was asked for last, which is mostly asked for again. */
  #lastShape: EndpointShape | undefined;
  #lastOptions: SelectOptions | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly ambient: Ambient,
    selector: Selector,
    private readonly carrier: Carrier,
    private readonly options: InvokerOptions,
    {
      around,
      perAttempt,
    }: {
      readonly around: readonly Interceptor[];
      readonly perAttempt: readonly Interceptor[];
    },
  ) {
    this.#deadlines = new Deadlines(environment);
    this.#parts = {
      environment,
      deadlines: this.#deadlines,
      selector,
      carrier,
      budget: new RetryBudget(),
      propagation: options.propagation,
      from: options.from,
      selectOptions: (shape) => this.#optionsOf(shape),
      around: around.length > 0 ? compose(around, attemptChanged, environment) : undefined,
      perAttempt:
        perAttempt.length > 0 ? compose(perAttempt, carryChanged, environment) : undefined,
      limited: (attempt, limitMs) => this.#limited(attempt, limitMs),
    };
  }

  /** A call with one reply. */
  unary(request: Request, kind: CallShape, options: CallOptions = noOptions): Promise<unknown> {
    const parent = this.ambient.callContext;
    const limitMs = options.timeoutMs ?? this.options.timeoutMs;
    const retries = this.#retries(options, parent);
    return new UnaryOperation(this.#parts, request, kind, options, parent, limitMs, retries).run();
  }

  /** A call with a stream of replies; made when the iteration begins. */
  stream(
    request: Request,
    kind: CallShape,
    options: CallOptions = noOptions,
  ): ClientStream<unknown> {
    const parent = this.ambient.callContext;
    const limitMs = options.timeoutMs ?? Number.POSITIVE_INFINITY;
    const retries = this.#retries(options, parent);
    return guardStream(() => {
      const operation = new Operation(
        this.#parts,
        request,
        kind,
        options,
        parent,
        limitMs,
        retries,
      );
      operation.tie();
      const { context } = operation;
      const replies = (this.#parts.around ?? attemptChanged)(operation.view());
      return {
        replies: orCancelled(context, replies as Promise<AsyncIterable<unknown>>),
        context,
        nested: !!parent,
        end: () => operation.untie(),
      };
    });
  }

  /** Waits for what a call needs before it can be made: the call's time begins now. */
  async before<T>(work: Promise<T>, what: string, options: CallOptions): Promise<T> {
    const { environment, ambient } = this;
    const parent = ambient.callContext;
    const now = environment.clock.monotonic();
    beginsAt(options, now);
    const limitMs = options.timeoutMs ?? this.options.timeoutMs;
    const deadlineAt = Math.min(now + limitMs, parent?.deadlineAt ?? Number.POSITIVE_INFINITY);
    const context = new CallContext(environment.clock, noMetadata, deadlineAt);
    const untie = tie(context, environment, { limitMs, parent, signal: options.signal, what });
    try {
      return await orCancelled(context, work);
    } finally {
      untie();
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#deadlines.close();
    await this.carrier.close();
  }

  /** A call that is itself a retry starts no retries. */
  #retries(options: CallOptions, parent: CallContext | undefined): number {
    return parent && parent.attempt > 1 ? 0 : (options.retries ?? this.options.retries);
  }

  #optionsOf(shape: EndpointShape): SelectOptions {
    if (shape === this.#lastShape) return this.#lastOptions!;
    let options = this.#selectOptions.get(shape);
    if (!options) {
      options = { endpoint: shape.endpoint, protocols: [this.options.protocol] };
      this.#selectOptions.set(shape, options);
    }
    this.#lastShape = shape;
    return (this.#lastOptions = options);
  }

  /** One attempt under a limit of its own, tighter than the call's. */
  async #limited(attempt: Attempt, limitMs: number): Promise<unknown> {
    const { clock } = this.environment;
    const whole = attempt.context;
    const deadlineAt = Math.min(whole.deadlineAt, clock.monotonic() + limitMs);
    const context = new CallContext(clock, attempt.metadata ?? whole.metadata, deadlineAt);
    const untie = tie(context, this.environment, {
      limitMs,
      parent: whole,
      signal: undefined,
      what: `attempt ${attempt.attempt} of ${attempt.service} ${attempt.shape.endpoint} on ${attempt.node.address}`,
    });
    try {
      return await orCancelled(
        context,
        this.carrier.unary({
          service: attempt.service,
          shape: attempt.shape,
          kind: attempt.kind,
          request: attempt.request,
          metadata: attempt.metadata,
          context,
          timeoutMs: deadlineAt - clock.monotonic(),
          attempt: attempt.attempt,
          node: attempt.node,
          contentType: attempt.contentType,
          heard: attempt.heard,
        }),
      );
    } finally {
      untie();
    }
  }
}

const noOptions: CallOptions = {};
