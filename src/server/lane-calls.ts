import { Limited, type Deadlines } from "../base/deadlines.js";
import type { Environment } from "../base/environment.js";
import type { RpcError } from "../base/error.js";
import { MethodNotAllowed, Timeout } from "../base/errors.js";
import type { MutableMetadata } from "../base/metadata.js";
import { peerOf, type Peer } from "../base/peer.js";
import type { Ambient } from "../call/ambient.js";
import { CallContext, type CancelOwner, type MetadataSource } from "../call/context.js";
import { encodeError, toRpcError } from "../call/error-wire.js";
import { bodyReader, bodyWriter } from "../codec/body-coders.js";
import type { BodyReader, BodyWriter } from "../codec/codec.js";
import type { Codecs } from "../codec/codecs.js";
import type {
  LaneHandler,
  LaneRequest,
  LaneRoute,
  LaneServing,
  LaneTarget,
} from "../transport/lane.js";
import type { Admission } from "./admission.js";
import type { LiveCalls } from "./live-calls.js";
import type { Route, Router } from "./router.js";
import { isAsyncIterable, unexpectedStream } from "./new-handler.js";
import { callEnded, callerGone } from "./serve-call.js";
import { tellAll, tellFailure } from "./tell-metadata.js";

/** What serving calls of a lane needs. */
export interface LaneParts {
  readonly environment: Environment;
  readonly ambient: Ambient;
  readonly codecs: Codecs;
  readonly router: Router;
  readonly admission: Admission;
  readonly live: LiveCalls;
  readonly deadlines: Deadlines;
  /** Who the server is in errors that no handler threw. */
  readonly id: string;
}

/** Serves the unary calls that come over lanes. */
export const laneHandler =
  (parts: LaneParts): LaneHandler =>
  (route) => {
    try {
      return prepare(route, parts);
    } catch (error) {
      return {
        serve: ({ replies, number }) => {
          const where = { id: parts.id, endpoint: route.endpoint };
          replies.fail(number, encodeError(toRpcError(error, where, parts.environment)));
          return over;
        },
      };
    }
  };

const over: LaneServing = { done: true, gone: () => undefined };

/**
 * What serves the unary calls of a route.
 * @throws NotFound for an unknown endpoint, UnsupportedMediaType, MethodNotAllowed for a stream.
 */
export function prepare(named: LaneRoute, parts: LaneParts): LaneTarget {
  const codec = parts.codecs.get(named.contentType);
  const route = parts.router.find(named.service, named.endpoint);
  const { handler } = route;
  if (handler.replyStream || handler.requestStream) {
    throw new MethodNotAllowed(
      `${handler.endpoint} was called as unary and is ${handler.requestStream ? "fed by a stream" : "fed by one request"}, ${handler.replyStream ? "answers with a stream" : "answers once"}`,
      { reason: "server.wrong-shape", retry: "never" },
    );
  }
  return new Target(
    parts,
    named,
    route,
    bodyReader(codec, "request", route.input),
    bodyWriter(codec, { endpoint: named.endpoint }, "response", route.output),
  );
}

/** One endpoint in one content type. */
class Target implements LaneTarget {
  constructor(
    readonly parts: LaneParts,
    readonly named: LaneRoute,
    readonly route: Route,
    readonly read: BodyReader,
    readonly writer: BodyWriter,
  ) {}

  serve(request: LaneRequest): LaneServing {
    const { parts, route } = this;
    try {
      parts.admission.enter(route, request.timeoutMs);
    } catch (error) {
      this.refuse(request, error, parts.id);
      return over;
    }
    const served = new ServedCall(this, request);
    served.start();
    return served;
  }

  refuse({ replies, number }: LaneRequest, error: unknown, id: string): void {
    const { endpoint } = this.route.handler;
    const refusal = toRpcError(error, { id, endpoint }, this.parts.environment);
    if (replies.refuse) replies.refuse(number, refusal);
    else replies.fail(number, encodeError(refusal));
  }
}

/** A unary call in hand, from admission to answer. */
class ServedCall extends Limited implements LaneServing, MetadataSource, CancelOwner {
  done = false;
  readonly #context: CallContext;
  /** Milliseconds that it may take. */
  readonly #ms: number;

  constructor(
    private readonly target: Target,
    private readonly request: LaneRequest,
  ) {
    super();
    const { parts, route } = target;
    const { clock } = parts.environment;
    const { attempt } = request;
    const ms = Math.min(request.timeoutMs, route.handler.timeoutMs ?? Number.POSITIVE_INFINITY);
    this.#ms = ms;
    const limited = ms !== Number.POSITIVE_INFINITY;
    const now = limited ? clock.monotonic() : 0;
    const deadlineAt = now + ms;
    this.#context = new CallContext(clock, this, deadlineAt, attempt);
    if (limited) parts.deadlines.add(this, ms, now);
    this.#context.owner = this;
    parts.live.add(this.#context);
  }

  start(): void {
    const { target, request } = this;
    const { ambient } = target.parts;
    const context = this.#context;
    try {
      const body = target.read(request.bytes, request.bodyStart, request.bodyEnd);
      const { unary } = target.route;
      const made = ambient.observed
        ? ambient.run(context, () => unary(body, context))
        : unary(body, context);
      if (isPromise(made)) made.then(this.#reply, this.#fail);
      else this.#reply(made);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The headers that came, as a handler sees them. Read when first asked for. */
  readMetadata(): MutableMetadata {
    return this.request.readMetadata(this.target.named);
  }

  readPeer(): Peer {
    return peerOf(this.request.replies);
  }

  /** The deadline has passed. */
  expired(): void {
    const { endpoint } = this.target.route.handler;
    const ms = Math.round(this.#ms);
    this.#context.scope.cancel(
      new Timeout(`${endpoint} did not finish within ${ms} ms`, { reason: "server.timeout" }),
    );
  }

  gone(): void {
    this.#context.scope.cancel(callerGone);
  }

  /** Nobody waits for the handler any more. */
  cancelled(reason: RpcError): void {
    this.#fail(reason);
  }

  readonly #reply = (value: unknown): void => {
    if (this.done) return;
    const { replies, number } = this.request;
    try {
      if (isAsyncIterable(value)) throw unexpectedStream(this.target.route.handler.endpoint);
      const { reply } = this.#context;
      if (reply) tellAll(replies, number, reply);
      replies.reply(number, this.target.writer, value);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#finish(false);
  };

  readonly #fail = (error: unknown): void => {
    if (this.done) return;
    this.#finish(true);
    if (error === callerGone) return;
    const { reply } = this.#context;
    if (reply) tellFailure(this.request.replies, this.request.number, reply);
    this.target.refuse(this.request, error, this.target.route.handler.service.name);
  };

  #finish(failed: boolean): void {
    this.done = true;
    const { parts, route } = this.target;
    const context = this.#context;
    parts.deadlines.remove(this);
    parts.live.delete(context);
    // Whatever the handler started and still waits for has nobody to answer to.
    context.end(callEnded);
    parts.admission.leave(route, failed);
  }
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Promise<unknown>).then === "function";
