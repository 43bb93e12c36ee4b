import { Limited, type Deadlines } from "../base/deadlines.js";
import type { Environment } from "../base/environment.js";
import { BadRequest, Canceled, Timeout } from "../base/errors.js";
import type { MutableMetadata } from "../base/metadata.js";
import type { Peer } from "../base/peer.js";
import type { Ambient } from "../call/ambient.js";
import type { Call } from "../call/call.js";
import { CallContext, type MetadataSource } from "../call/context.js";
import { orCancelled } from "../call/or-cancelled.js";
import type { Codecs } from "../codec/codecs.js";
import type { Message } from "../transport/transport.js";
import type { Admission } from "./admission.js";
import type { Exchange } from "./exchange.js";
import type { LiveCalls } from "./live-calls.js";
import { isAsyncIterable, unexpectedStream } from "./new-handler.js";
import type { Readiness } from "./readiness.js";
import type { Route, Router } from "./router.js";

/** What serving needs. */
export interface ServeParts {
  readonly environment: Environment;
  readonly ambient: Ambient;
  readonly codecs: Codecs;
  readonly router: Router;
  readonly admission: Admission;
  readonly deadlines: Deadlines;
  /** Contexts of calls in hand, to cancel them when the time to drain is over. */
  readonly live: LiveCalls;
  /** Who the server is in errors that no handler threw. */
  readonly id: string;
  /** Whether the server wants calls. */
  readonly readiness: Readiness;
  /** Runs the subscribers of a topic, for events that come as requests; `peer` sent it. */
  readonly event: (topic: string, message: Message, peer: Peer) => Promise<void>;
}

/**
 * Serves one call of whatever protocol: route, admission, context, handler, replies. Rejects only
 * when the way back does.
 */
export async function serveCall(exchange: Exchange, parts: ServeParts): Promise<void> {
  let route: Route;
  let leftMs: number;
  try {
    route = exchange.route(parts.router);
    leftMs = exchange.timeoutMs;
    if (exchange.arrive) {
      const { clock } = parts.environment;
      const began = clock.monotonic();
      await exchange.arrive(route);
      leftMs -= clock.monotonic() - began;
      if (leftMs <= 0) throw tooLate(exchange, exchange.timeoutMs);
    }
    parts.admission.enter(route, leftMs);
  } catch (error) {
    return exchange.fail(error, parts.id);
  }
  await new RunningCall(exchange, route, parts, leftMs).run();
}

const tooLate = ({ endpoint }: Exchange, ms: number): Timeout =>
  new Timeout(`${endpoint} did not finish within ${Math.round(ms)} ms`, {
    reason: "server.timeout",
  });

/** A call in hand, from admission to answer. */
class RunningCall extends Limited implements MetadataSource {
  readonly #context: CallContext;
  /** Milliseconds that it may take. */
  readonly #ms: number;

  constructor(
    private readonly exchange: Exchange,
    private readonly route: Route,
    private readonly parts: ServeParts,
    leftMs: number,
  ) {
    super();
    const { clock } = parts.environment;
    const allowed = route.handler.timeoutMs ?? Number.POSITIVE_INFINITY;
    const now = clock.monotonic();
    this.#ms = Math.min(leftMs, allowed);
    this.#context = new CallContext(clock, this, now + this.#ms, exchange.attempt);
    if (this.#ms !== Number.POSITIVE_INFINITY) parts.deadlines.add(this, this.#ms, now);
    exchange.onGone(() => this.#context.scope.cancel(callerGone));
  }

  async run(): Promise<void> {
    const { admission, live, deadlines, ambient } = this.parts;
    const context = this.#context;
    live.add(context);
    let failed = true;
    try {
      failed = !(await ambient.run(context, () => this.#call()));
    } finally {
      deadlines.remove(this);
      // Whatever the handler started and still waits for has nobody to answer to.
      context.scope.cancel(callEnded);
      live.delete(context);
      admission.leave(this.route, failed);
    }
  }

  readMetadata(): MutableMetadata {
    return this.exchange.readMetadata();
  }

  readPeer(): Peer | undefined {
    return this.exchange.readPeer?.();
  }

  /** The deadline has passed. */
  expired(): void {
    this.#context.scope.cancel(tooLate(this.exchange, this.#ms));
  }

  /** True when the call succeeded. */
  async #call(): Promise<boolean> {
    const { exchange, route } = this;
    const { handler } = route;
    const context = this.#context;
    try {
      const shape = exchange.shape(route);
      const requests = shape === "unary" ? undefined : exchange.requests(route, context);
      const call: Call = {
        side: "server",
        service: handler.service.name,
        endpoint: handler.endpoint,
        shape,
        request: !requests
          ? await this.#request()
          : shape === "server-stream"
            ? await firstOf(requests)
            : requests,
        context,
        metadata: context.metadata,
        attempt: context.attempt,
      };
      const reply = await orCancelled(context, handler.call(call));
      if (shape === "server-stream" || shape === "bidi-stream") {
        await this.#replies(reply as AsyncIterable<unknown>);
      } else {
        if (isAsyncIterable(reply)) throw unexpectedStream(handler.endpoint);
        await exchange.reply(reply, route, context.reply);
      }
      await exchange.end(shape, context.reply);
      return true;
    } catch (error) {
      if (context.scope.reason !== callerGone)
        await exchange.fail(error, handler.service.name, context.reply).catch(() => {});
      return false;
    }
  }

  #request(): unknown {
    const request = this.exchange.request(this.route);
    return request instanceof Promise ? orCancelled(this.#context, request) : request;
  }

  async #replies(replies: AsyncIterable<unknown>): Promise<void> {
    const context = this.#context;
    const iterator = replies[Symbol.asyncIterator]();
    let done = false;
    try {
      for (;;) {
        if (context.scope.reason) throw context.scope.reason;
        const next = await orCancelled(context, iterator.next());
        if (next.done) {
          done = true;
          break;
        }
        await this.exchange.reply(next.value, this.route, context.reply);
      }
    } finally {
      // A generator that waits for something cannot be ended before that settles; it is not waited for.
      if (!done) void Promise.resolve(iterator.return?.()).catch(() => {});
    }
  }
}

/** The reason of a call whose caller is not there any more. */
export const callerGone = new Canceled("the caller went away", {
  reason: "server.caller-gone",
  retry: "never",
});
/** The reason that ends what a handler started and still waits for. */
export const callEnded = new Canceled("the call has ended", {
  reason: "server.call-ended",
  retry: "never",
});

async function firstOf(requests: AsyncGenerator<unknown>): Promise<unknown> {
  const first = await requests.next();
  if (!first.done) return first.value;
  throw noRequest();
}

/** Says that a caller with one request has ended its stream without it. */
export const noRequest = (): BadRequest =>
  new BadRequest("the stream ended before a request came", {
    reason: "server.no-request",
    retry: "never",
  });
