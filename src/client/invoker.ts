import type { Environment } from "../base/environment.js";
import { RpcError } from "../base/error.js";
import type { MutableMetadata } from "../base/metadata.js";
import type { Ambient } from "../call/ambient.js";
import {
  compose,
  type Call,
  type CallHandler,
  type CallShape,
  type Interceptor,
} from "../call/call.js";
import type { CallOptions } from "../call/call-options.js";
import type { ClientStream } from "../call/client-of.js";
import { CallContext } from "../call/context.js";
import type { EndpointShape } from "../call/contract.js";
import { header, travellingMetadata, type Propagation } from "../call/headers.js";
import { orCancelled } from "../call/or-cancelled.js";
import type { ServiceNode } from "../registry/registry.js";
import type { Selector, SelectNext } from "../selector/selector.js";
import { inBegunCall } from "./begun-call.js";
import type { Attempt, Carrier } from "./carrier.js";
import type { Request } from "./client.js";
import { tie } from "./deadline.js";
import { fixedAddresses } from "./fixed-addresses.js";
import { backoffMs, mayRetry } from "./retry.js";
import { RetryBudget } from "./retry-budget.js";
import { guardStream } from "./guard-stream.js";
import { openStream } from "./open-stream.js";
import { ReadOnce } from "./read-once.js";

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

/** A call with what the attempts need beside the interceptors' view. */
interface Invocation extends Call {
  readonly shapeOf: EndpointShape;
  readonly options: CallOptions;
  readonly context: CallContext;
  readonly retries: number;
}

/** Makes calls: context, interceptors, choice of node, attempts. Knows no protocol. */
export class Invoker {
  readonly #outer: CallHandler;
  readonly #inner: CallHandler;
  readonly #budget = new RetryBudget();

  constructor(
    private readonly environment: Environment,
    private readonly ambient: Ambient,
    private readonly selector: Selector,
    private readonly carrier: Carrier,
    private readonly options: InvokerOptions,
    interceptors: {
      readonly around: readonly Interceptor[];
      readonly perAttempt: readonly Interceptor[];
    },
  ) {
    this.#inner = compose(interceptors.perAttempt, (call) => this.#carry(call as Invocation));
    this.#outer = compose(interceptors.around, (call) => this.#attempts(call as Invocation));
  }

  /** A call with one reply. */
  async unary(request: Request, kind: CallShape, options: CallOptions = {}): Promise<unknown> {
    const parent = this.ambient.callContext;
    const limitMs = options.timeoutMs ?? this.options.timeoutMs;
    const invocation = this.#invocation(request, kind, options, parent, limitMs);
    const { context } = invocation;
    const untie = tie(context, this.environment, {
      limitMs: Math.min(limitMs, context.remainingMs()),
      parent,
      signal: options.signal,
      what: `${request.service} ${request.shape.endpoint}`,
    });
    try {
      return await orCancelled(context, this.#outer(invocation));
    } catch (error) {
      throw parent ? inBegunCall(error) : error;
    } finally {
      untie();
    }
  }

  /** A call with a stream of replies; made when the iteration begins. */
  stream(request: Request, kind: CallShape, options: CallOptions = {}): ClientStream<unknown> {
    const parent = this.ambient.callContext;
    const limitMs = options.timeoutMs ?? Number.POSITIVE_INFINITY;
    return guardStream(() => {
      const invocation = this.#invocation(request, kind, options, parent, limitMs);
      const { context } = invocation;
      const untie = tie(context, this.environment, {
        limitMs: Math.min(limitMs, context.remainingMs()),
        parent,
        signal: options.signal,
        what: `${request.service} ${request.shape.endpoint}`,
      });
      const replies = this.#outer(invocation) as Promise<AsyncIterable<unknown>>;
      return { replies: orCancelled(context, replies), context, nested: !!parent, end: untie };
    });
  }

  #invocation(
    request: Request,
    kind: CallShape,
    options: CallOptions,
    parent: CallContext | undefined,
    limitMs: number,
  ): Invocation {
    const { clock } = this.environment;
    const deadlineAt = Math.min(
      clock.monotonic() + limitMs,
      parent?.deadlineAt ?? Number.POSITIVE_INFINITY,
    );
    const metadata: MutableMetadata = parent
      ? travellingMetadata(parent.metadata, this.options.propagation)
      : travellingMetadata({}, "none");
    if (options.metadata) {
      for (const name of Object.keys(options.metadata))
        metadata[name.toLowerCase()] = options.metadata[name]!;
    }
    metadata[header.fromService] ??= this.options.from;
    return {
      side: "client",
      service: request.service,
      endpoint: request.shape.endpoint,
      shape: kind,
      request: request.body,
      context: new CallContext(clock, metadata, deadlineAt),
      metadata,
      attempt: 1,
      shapeOf: request.shape,
      options,
      retries: parent && parent.attempt > 1 ? 0 : (options.retries ?? this.options.retries),
    };
  }

  async #attempts(invocation: Invocation): Promise<unknown> {
    const { options, context, shape, shapeOf, retries } = invocation;
    const streamed = shape === "client-stream" || shape === "bidi-stream";
    const requests = streamed
      ? new ReadOnce(invocation.request as AsyncIterable<unknown>)
      : undefined;
    const call = requests ? { ...invocation, request: requests } : invocation;
    let next = options.address
      ? fixedAddresses(options.address, this.environment.random)
      : await this.#select(call, call.endpoint);
    this.#budget.earn();
    const tried = new Set<string>();
    const idempotent = options.idempotent ?? shapeOf.idempotent ?? false;
    for (let attempt = 1; ; attempt++) {
      const exclude = tried.size ? tried : undefined;
      let node: ServiceNode;
      try {
        ({ node } = next(exclude));
      } catch (error) {
        if (!(error instanceof RpcError) || error.reason !== "selector.empty") throw error;
        // Nobody advertises the endpoint: whether it exists is for a server to say.
        next = await this.#select(call, undefined);
        ({ node } = next(exclude));
      }
      try {
        return await this.#attempt({ ...call, attempt, node });
      } catch (error) {
        if (
          attempt > retries ||
          requests?.begun ||
          context.scope.reason ||
          !mayRetry(error, idempotent) ||
          !this.#budget.spend()
        ) {
          throw error;
        }
        tried.add(node.id);
        await this.#pause(backoffMs(attempt, this.environment.random), context);
      }
    }
  }

  #select(call: Invocation, endpoint: string | undefined): SelectNext | Promise<SelectNext> {
    const { select } = call.options;
    return this.selector.select(call.service, {
      ...select,
      ...(endpoint === undefined ? {} : { endpoint }),
      protocols: [this.options.protocol],
    });
  }

  async #attempt(call: Invocation & { readonly node: ServiceNode }): Promise<unknown> {
    const { clock } = this.environment;
    const started = clock.monotonic();
    try {
      const reply = await this.#inner(call);
      if (!call.options.address) {
        this.selector.mark(call.service, call.node, { latencyMs: clock.monotonic() - started });
      }
      return reply;
    } catch (error) {
      if (!call.options.address) {
        // An attempt that was given up ends with a closed channel, which is not the node's fault.
        this.selector.mark(call.service, call.node, {
          error: call.context.scope.reason ?? error,
          latencyMs: clock.monotonic() - started,
        });
      }
      throw error;
    }
  }

  #carry(call: Invocation): Promise<unknown> {
    const attempt: Attempt = {
      service: call.service,
      shape: call.shapeOf,
      kind: call.shape,
      request: call.request,
      metadata: call.metadata,
      context: call.context,
      attempt: call.attempt,
      node: call.node!,
      contentType: call.options.contentType,
    };
    if (call.shape === "server-stream" || call.shape === "bidi-stream") {
      return openStream(this.carrier.stream(attempt));
    }
    const limitMs = call.options.attemptTimeoutMs;
    if (limitMs === undefined) return this.carrier.unary(attempt);
    return this.#limited(attempt, limitMs);
  }

  /** One attempt under a limit of its own, tighter than the call's. */
  async #limited(attempt: Attempt, limitMs: number): Promise<unknown> {
    const { clock } = this.environment;
    const whole = attempt.context;
    const deadlineAt = Math.min(whole.deadlineAt, clock.monotonic() + limitMs);
    const context = new CallContext(clock, whole.metadata, deadlineAt);
    const untie = tie(context, this.environment, {
      limitMs,
      parent: whole,
      signal: undefined,
      what: `attempt ${attempt.attempt} of ${attempt.service} ${attempt.shape.endpoint} on ${attempt.node.address}`,
    });
    try {
      return await orCancelled(context, this.carrier.unary({ ...attempt, context }));
    } finally {
      untie();
    }
  }

  #pause(ms: number, context: CallContext): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.environment.timers.after(ms, () => {
        untie();
        resolve();
      });
      const untie = context.scope.onCancel((reason) => {
        timer.cancel();
        reject(reason);
      });
    });
  }
}
