import { Limited, type Deadlines } from "../base/deadlines.js";
import type { Environment } from "../base/environment.js";
import { BadRequest, Canceled, MethodNotAllowed, Timeout } from "../base/errors.js";
import type { Metadata } from "../base/metadata.js";
import type { Ambient } from "../call/ambient.js";
import type { Call, CallShape } from "../call/call.js";
import { CallContext } from "../call/context.js";
import { describe } from "../call/error-wire.js";
import {
  endOfStream,
  header,
  incomingMetadata,
  readAttempt,
  readTimeoutMs,
} from "../call/headers.js";
import { orCancelled } from "../call/or-cancelled.js";
import type { Codecs } from "../codec/codecs.js";
import type { Message, Socket } from "../transport/transport.js";
import type { Admission } from "./admission.js";
import { Answer } from "./answer.js";
import { streamShape } from "./call-shape.js";
import type { LiveCalls } from "./live-calls.js";
import { isAsyncIterable, unexpectedStream } from "./new-handler.js";
import type { Route, Router } from "./router.js";
import type { UnaryExchanges } from "./unary-exchange.js";

/** What serving needs. */
export interface ServeParts {
  readonly environment: Environment;
  readonly ambient: Ambient;
  readonly codecs: Codecs;
  readonly router: Router;
  readonly admission: Admission;
  /** Serves what is plain and unary. */
  readonly exchanges: UnaryExchanges;
  readonly deadlines: Deadlines;
  /** Contexts of calls in hand, to cancel them when the time to drain is over. */
  readonly live: LiveCalls;
  /** Who the server is in errors that no handler threw. */
  readonly id: string;
  /** Runs the subscribers of a topic, for events that come as requests. */
  readonly event: (topic: string, message: Message) => Promise<void>;
}

/** Serves one call of mucp: message in, route, handler, message out. */
export function serve(socket: Socket, parts: ServeParts): void {
  socket.recv().then(
    (first) => {
      if (!first) void socket.close().catch(() => {});
      else if (!parts.exchanges.take(socket, first)) void serveFrom(first, socket, parts);
    },
    (error: unknown) => {
      brokeOff(socket, error, parts.environment);
      void socket.close().catch(() => {});
    },
  );
}

const brokeOff = (socket: Socket, error: unknown, { logger }: Environment): void =>
  logger.debug("a call broke off", { peer: socket.remoteAddress, error: describe(error) });

/** Serves what needs more than one message each way, and what cannot be served. Never rejects. */
async function serveFrom(first: Message, socket: Socket, parts: ServeParts): Promise<void> {
  try {
    await new Serving(socket, first, parts).run();
  } catch (error) {
    brokeOff(socket, error, parts.environment);
  } finally {
    await socket.close().catch(() => {});
  }
}

/** One call being served. */
class Serving extends Limited {
  #context: CallContext | undefined;
  /** Milliseconds that it may take. */
  #ms = Number.POSITIVE_INFINITY;
  readonly #headers: Metadata;
  readonly #contentType: string;
  readonly #answer: Answer;

  constructor(
    private readonly socket: Socket,
    private readonly first: Message,
    private readonly parts: ServeParts,
  ) {
    super();
    this.#headers = first.headers;
    this.#contentType = first.headers[header.contentType] || "application/protobuf";
    this.#answer = new Answer(socket, first.headers, this.#contentType, parts.environment);
  }

  async run(): Promise<void> {
    const { router, admission } = this.parts;
    let route: Route;
    try {
      const topic = this.#headers[header.topic];
      if (topic !== undefined) {
        await this.#event(topic);
        return;
      }
      const answer = this.#answer;
      answer.codec = this.parts.codecs.get(this.#contentType);
      const envelope = answer.codec.readHeader(this.first.body, "request");
      answer.id = envelope.id;
      answer.endpoint =
        this.#headers[header.endpoint] ||
        this.#headers[header.method] ||
        this.#headers["x-micro-endpoint"] ||
        this.#headers["x-micro-method"] ||
        envelope.endpoint ||
        "";
      if (!this.#answer.endpoint) {
        throw new BadRequest("no endpoint: send header Micro-Endpoint, such as Greeter.Hello", {
          reason: "server.no-endpoint",
          retry: "never",
        });
      }
      route = router.find(
        this.#headers[header.service] ?? this.#headers["x-micro-service"],
        this.#answer.endpoint,
      );
      admission.enter(route);
    } catch (error) {
      return this.#answer.fail(error, this.parts.id);
    }
    await this.#admitted(route);
  }

  async #admitted(route: Route): Promise<void> {
    const { admission, live, deadlines } = this.parts;
    const context = (this.#context = this.#newContext(route));
    live.add(context);
    let failed = true;
    try {
      failed = !(await this.parts.ambient.run(context, () => this.#call(route, context)));
    } finally {
      deadlines.remove(this);
      // Whatever the handler started and still waits for has nobody to answer to.
      context.scope.cancel(callEnded);
      live.delete(context);
      admission.leave(route, failed);
    }
  }

  #newContext(route: Route): CallContext {
    const { clock } = this.parts.environment;
    const asked = readTimeoutMs(this.#headers[header.timeout]) ?? Number.POSITIVE_INFINITY;
    const allowed = route.handler.timeoutMs ?? Number.POSITIVE_INFINITY;
    const attempt = readAttempt(this.#headers[header.attempt]);
    const now = clock.monotonic();
    this.#ms = Math.min(asked, allowed);
    const context = new CallContext(
      clock,
      incomingMetadata(this.#headers),
      now + this.#ms,
      attempt,
    );
    if (this.#ms !== Number.POSITIVE_INFINITY) this.parts.deadlines.add(this, this.#ms, now);
    this.socket.onPeerClose(() => context.scope.cancel(callerGone));
    return context;
  }

  /** The deadline has passed. */
  expired(): void {
    const detail = `${this.#answer.endpoint} did not finish within ${Math.round(this.#ms)} ms`;
    this.#context?.scope.cancel(new Timeout(detail, { reason: "server.timeout" }));
  }

  /** True when the call succeeded. */
  async #call(route: Route, context: CallContext): Promise<boolean> {
    const { handler } = route;
    try {
      const shape = this.#shape(route);
      const streaming = shape !== "unary";
      const requests = streaming ? this.#requests(route, context) : undefined;
      const call: Call = {
        side: "server",
        service: handler.service.name,
        endpoint: handler.endpoint,
        shape,
        request:
          shape === "unary"
            ? this.#answer.codec!.readBody(this.first.body, "request", route.input)
            : shape === "server-stream"
              ? await firstOf(requests!)
              : requests,
        context,
        metadata: context.metadata,
        attempt: context.attempt,
      };
      const reply = await orCancelled(context, handler.call(call));
      if (shape === "server-stream" || shape === "bidi-stream") {
        await this.#replies(reply as AsyncIterable<unknown>, route, context);
      } else {
        if (isAsyncIterable(reply)) throw unexpectedStream(handler.endpoint);
        await this.#answer.reply(reply, route.output);
        if (streaming) await this.#answer.end();
      }
      return true;
    } catch (error) {
      if (context.scope.reason !== callerGone)
        await this.#answer.fail(error, handler.service.name).catch(() => {});
      return false;
    }
  }

  #shape(route: Route): CallShape {
    const { replyStream = false, requestStream, endpoint } = route.handler;
    const asked = this.#headers[header.shape];
    if (asked !== undefined && asked !== "unary") return streamShape(asked, route);
    if (!replyStream) return requestStream ? "client-stream" : "unary";
    if (this.#headers[header.stream] === undefined) {
      throw new MethodNotAllowed(
        `${endpoint} answers with a stream; call it as one (header Micro-Stream)`,
        {
          reason: "server.wrong-shape",
          retry: "never",
        },
      );
    }
    return requestStream ? "bidi-stream" : "server-stream";
  }

  /** The caller's messages after the first, which only opens the stream, until it says EOS. */
  async *#requests(route: Route, context: CallContext): AsyncGenerator<unknown> {
    for (;;) {
      const message = await orCancelled(context, this.socket.recv());
      if (!message || message.headers[header.error] === endOfStream) return;
      yield this.#answer.codec!.readBody(message.body, "request", route.input);
    }
  }

  async #replies(
    replies: AsyncIterable<unknown>,
    route: Route,
    context: CallContext,
  ): Promise<void> {
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
        await this.#answer.reply(next.value, route.output);
      }
    } finally {
      // A generator that waits for something cannot be ended before that settles; it is not waited for.
      if (!done) void Promise.resolve(iterator.return?.()).catch(() => {});
    }
    await this.#answer.end();
  }

  async #event(topic: string): Promise<void> {
    this.parts.admission.enter(undefined);
    let failed = true;
    try {
      await this.parts.event(topic, this.first);
      failed = false;
    } finally {
      this.parts.admission.leave(undefined, failed);
    }
    await this.#answer.acknowledge();
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
