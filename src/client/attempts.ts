import type { Environment, Timer } from "../base/environment.js";
import { RpcError } from "../base/error.js";
import type { MutableMetadata } from "../base/metadata.js";
import type { Call, CallHandler, CallShape } from "../call/call.js";
import type { CallContext } from "../call/context.js";
import type { EndpointShape } from "../call/contract.js";
import type { ServiceNode } from "../registry/registry.js";
import type { Selector, SelectNext, SelectOptions } from "../selector/selector.js";
import { noOtherNode, type AttemptPlace } from "./attempt-place.js";
import type { Attempt, Carrier, Outcome, Started } from "./carrier.js";
import { fixedAddresses } from "./fixed-addresses.js";
import { HeardMetadata, listens } from "./heard-metadata.js";
import type { MadeCall } from "./made-call.js";
import { openStream } from "./open-stream.js";
import { ReadOnce } from "./read-once.js";
import { backoffMs, foundNobody, mayRetry } from "./retry.js";
import type { RetryBudget } from "./retry-budget.js";

/** What attempts are made with. */
export interface AttemptsParts {
  readonly environment: Environment;
  readonly selector: Selector;
  readonly carrier: Carrier;
  readonly budget: RetryBudget;
  /** What is asked of the selector for an endpoint; the same object each time. */
  readonly selectOptions: (shape: EndpointShape) => SelectOptions;
  /** The layers around each attempt; undefined when there are none. */
  readonly perAttempt: CallHandler | undefined;
  /** A unary attempt under a limit of its own. */
  readonly limited: (attempt: Attempt, limitMs: number) => Promise<unknown>;
}

/** The attempts of one call: a node for each, until one succeeds or there is no use in another. */
export class Attempts implements Attempt, Outcome {
  readonly service: string;
  readonly shape: EndpointShape;
  readonly kind: CallShape;
  readonly request: unknown;
  readonly contentType: string | undefined;
  node!: ServiceNode;
  attempt = 0;
  heard: HeardMetadata | undefined;
  #next: SelectNext | undefined;
  #tried: Set<string> | undefined;
  #startedAt = 0;
  #started: Started | undefined;
  #timer: Timer | undefined;
  /** Time has passed since the call began. */
  #waited = false;
  /** An attempt has been begun whose end has not been told. */
  #inFlight = false;
  /** The endpoint is not asked for when choosing a node. */
  #anywhere = false;
  #over = false;

  constructor(
    private readonly parts: AttemptsParts,
    private readonly made: MadeCall,
    private readonly outcome: Outcome,
    private readonly place?: AttemptPlace,
  ) {
    const { kind, request } = made;
    if (place) {
      this.attempt = place.before;
      this.#tried = place.tried;
    }
    this.service = made.service;
    this.shape = made.shape;
    this.kind = kind;
    this.request =
      kind === "unary" || kind === "server-stream"
        ? request
        : new ReadOnce(request as AsyncIterable<unknown>);
    this.contentType = made.options.contentType;
  }

  get context(): CallContext {
    return this.made.context;
  }

  get timeoutMs(): number {
    return this.made.deadlineAt - this.#startedAt;
  }

  get metadata(): MutableMetadata | undefined {
    return this.made.metadata;
  }

  /** Makes the first attempt, and further ones. */
  begin(): void {
    const { options, shape } = this.made;
    const { selectOptions } = this.parts;
    try {
      if (options.address) {
        const [protocol] = selectOptions(shape).protocols ?? [];
        const { random } = this.parts.environment;
        this.#drawFrom(fixedAddresses(options.address, random, protocol));
        return;
      }
      this.#select(
        options.select ? joined(options.select, selectOptions(shape)) : selectOptions(shape),
      );
    } catch (error) {
      this.#end(error);
    }
  }

  /** The call was cancelled: ends what will not hear of it by itself. */
  cancel(): void {
    if (this.#over || (this.#inFlight && !this.#started)) return; // a carrier's promise will tell
    const { reason } = this.made;
    this.#timer?.cancel();
    if (this.#started) {
      this.#started.cancel();
      this.#mark(reason);
    }
    this.#end(reason);
  }

  replied(reply: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.heard?.counts();
    if (!this.made.options.address) {
      const latencyMs = this.parts.environment.clock.monotonic() - this.#startedAt;
      this.parts.selector.mark(this.service, this.node, { latencyMs });
    }
    this.outcome.replied(reply);
  }

  failed(error: unknown): void {
    if (this.#over) return;
    this.#inFlight = false;
    this.#started = undefined;
    const { reason } = this.made;
    // An attempt that was given up ends with a closed channel, which is not the node's fault.
    this.#mark(reason ?? error);
    const { options, retries } = this.made;
    const idempotent = options.idempotent ?? this.shape.idempotent ?? false;
    const { request } = this;
    if (
      this.attempt > retries ||
      (request instanceof ReadOnce && request.begun) ||
      reason ||
      !mayRetry(error, idempotent) ||
      !(foundNobody(error) || this.parts.budget.spend())
    ) {
      this.#end(error);
      return;
    }
    (this.#tried ??= new Set()).add(this.node.id);
    this.#again();
  }

  #mark(error: unknown): void {
    if (this.made.options.address) return;
    const latencyMs = this.parts.environment.clock.monotonic() - this.#startedAt;
    this.parts.selector.mark(this.service, this.node, { error, latencyMs });
  }

  #end(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.heard?.counts();
    this.outcome.failed(error);
  }

  #select(options: SelectOptions): void {
    const next = this.parts.selector.select(this.service, options);
    if (!(next instanceof Promise)) {
      this.#drawFrom(next);
      return;
    }
    this.#waited = true;
    next.then(
      (found) => this.#drawFrom(found),
      (error: unknown) => this.#end(error),
    );
  }

  #drawFrom(next: SelectNext): void {
    if (this.#over) return;
    this.#next = next;
    if (this.attempt === 0) this.parts.budget.earn(this.made.startedAt);
    this.#draw();
  }

  #draw(): void {
    try {
      this.node = this.#next!(this.#tried).node;
    } catch (error) {
      const { options } = this.made;
      const empty = error instanceof RpcError && error.reason === "selector.empty";
      if (!empty || options.address || this.#anywhere) {
        this.#end(error);
        return;
      }
      // Nobody advertises the endpoint: whether it exists is for a server to say.
      this.#anywhere = true;
      const { endpoint: _, ...others } = this.parts.selectOptions(this.shape);
      try {
        this.#select(joined(options.select, others));
      } catch (failure) {
        this.#end(failure);
      }
      return;
    }
    if (this.place?.accepts(this.node) === false) this.#decline();
    else this.#attempt();
  }

  /** Gives back a node that was drawn. */
  #decline(): void {
    if (!this.made.options.address)
      this.parts.selector.mark(this.service, this.node, { error: noOtherNode, latencyMs: 0 });
    this.#end(noOtherNode);
  }

  #attempt(): void {
    const { parts } = this;
    if (this.attempt++ > 0) this.#waited = true;
    this.#inFlight = true;
    if (listens(this.made.options))
      this.heard = new HeardMetadata(this.made.options, parts.environment.logger);
    // The first one begins with the call, unless something had to be waited for.
    this.#startedAt = this.#waited ? parts.environment.clock.monotonic() : this.made.startedAt;
    try {
      if (parts.perAttempt) {
        this.#settle(parts.perAttempt(this.view()));
        return;
      }
      if (this.kind === "unary" && this.made.options.attemptTimeoutMs === undefined) {
        this.#started = parts.carrier.start?.(this, this);
        if (this.#started) return;
      }
      this.#settle(this.carry(this.#asItIs()));
    } catch (error) {
      this.failed(error);
    }
  }

  #settle(reply: Promise<unknown>): void {
    reply.then(
      (value) => this.replied(value),
      (error: unknown) => this.failed(error),
    );
  }

  /** The attempt as layers see it. */
  view(): Call {
    return {
      side: "client",
      service: this.service,
      endpoint: this.shape.endpoint,
      shape: this.kind,
      request: this.request,
      context: this.context,
      metadata: this.made.metadata ?? this.context.metadata,
      attempt: this.attempt,
      node: this.node,
      [behind]: this,
    } as Call;
  }

  /** This attempt, not changed by the next. */
  #asItIs(): Attempt {
    return {
      service: this.service,
      shape: this.shape,
      kind: this.kind,
      request: this.request,
      metadata: this.metadata,
      context: this.context,
      timeoutMs: this.timeoutMs,
      attempt: this.attempt,
      node: this.node,
      contentType: this.contentType,
      heard: this.heard,
    };
  }

  /** Takes an attempt over the wire, itself or as layers changed it. */
  carry(attempt: Attempt): Promise<unknown> {
    const { carrier, limited } = this.parts;
    if (attempt.kind === "server-stream" || attempt.kind === "bidi-stream")
      return carrier.openStream?.(attempt) ?? openStream(carrier.stream(attempt));
    const limitMs = this.made.options.attemptTimeoutMs;
    return limitMs === undefined ? carrier.unary(attempt) : limited(attempt, limitMs);
  }

  #again(): void {
    const { environment } = this.parts;
    this.#timer = environment.timers.after(backoffMs(this.attempt, environment.random), () => {
      this.#timer = undefined;
      if (!this.#over) this.#draw();
    });
  }
}

/** A spread that adds to a copy takes 15 times as long in Node 20 (`npm run bench:scale`). */
const joined = (own: SelectOptions | undefined, others: SelectOptions): SelectOptions =>
  Object.assign({}, own, others);

/** Names the attempts behind a layer's view. Changed copies of the view keep it. */
const behind = Symbol("plugboard.attempts");

/** Carries an attempt as the layers around it left it. */
export function carryChanged(call: Call): Promise<unknown> {
  const attempts = (call as Call & { readonly [behind]: Attempts })[behind];
  return attempts.carry({
    service: call.service,
    shape: attempts.shape,
    kind: call.shape,
    request: call.request,
    metadata: call.metadata,
    context: attempts.context,
    timeoutMs: attempts.timeoutMs,
    attempt: call.attempt,
    node: call.node ?? attempts.node,
    contentType: attempts.contentType,
    heard: attempts.heard,
  });
}
