import type { Environment } from "../base/environment.js";
import { BadRequest, MethodNotAllowed } from "../base/errors.js";
import type { Metadata, MutableMetadata } from "../base/metadata.js";
import { peerOf, type Peer } from "../base/peer.js";
import type { CallShape } from "../call/call.js";
import type { CallContext } from "../call/context.js";
import { describe } from "../call/error-wire.js";
import {
  endOfStream,
  header,
  incomingMetadata,
  readAttempt,
  readTimeoutMs,
} from "../call/headers.js";
import { orCancelled } from "../call/or-cancelled.js";
import type { ReplyMetadata } from "../call/reply-metadata.js";
import type { Message, Socket } from "../transport/transport.js";
import { Answer } from "./answer.js";
import { agreedShape, ownShape } from "./call-shape.js";
import type { Exchange } from "./exchange.js";
import type { Route, Router } from "./router.js";
import { serveCall, type ServeParts } from "./serve-call.js";
import type { UnaryExchanges } from "./unary-exchange.js";

/** Serves one call of mucp: message in, route, handler, message out. `plain` takes what is plain and unary. */
export function serve(socket: Socket, parts: ServeParts, plain: UnaryExchanges): void {
  socket.recv().then(
    (first) => {
      if (!first) void socket.close().catch(() => {});
      else if (!plain.take(socket, first)) void serveFrom(first, socket, parts);
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
    const topic = first.headers[header.topic];
    const exchange = new MucpExchange(socket, first, parts);
    await (topic === undefined ? serveCall(exchange, parts) : exchange.event(topic));
  } catch (error) {
    brokeOff(socket, error, parts.environment);
  } finally {
    await socket.close().catch(() => {});
  }
}

/** One call of mucp: go-micro's headers and a codec's body over a transport's socket. */
class MucpExchange implements Exchange {
  readonly #headers: Metadata;
  readonly #contentType: string;
  readonly #answer: Answer;
  #unary = true;

  constructor(
    private readonly socket: Socket,
    private readonly first: Message,
    private readonly parts: ServeParts,
  ) {
    this.#headers = first.headers;
    this.#contentType = first.headers[header.contentType] || "application/protobuf";
    this.#answer = new Answer(socket, first.headers, this.#contentType, parts.environment);
  }

  get endpoint(): string {
    return this.#answer.endpoint;
  }

  get timeoutMs(): number {
    return readTimeoutMs(this.#headers[header.timeout]) ?? Number.POSITIVE_INFINITY;
  }

  get attempt(): number {
    return readAttempt(this.#headers[header.attempt]);
  }

  readMetadata(): MutableMetadata {
    return incomingMetadata(this.#headers);
  }

  readPeer(): Peer {
    return peerOf(this.socket);
  }

  route(router: Router): Route {
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
    if (!answer.endpoint) {
      throw new BadRequest("no endpoint: send header Micro-Endpoint, such as Greeter.Hello", {
        reason: "server.no-endpoint",
        retry: "never",
      });
    }
    return router.find(
      this.#headers[header.service] ?? this.#headers["x-micro-service"],
      answer.endpoint,
    );
  }

  shape(route: Route): CallShape {
    const shape = this.#shape(route);
    this.#unary = shape === "unary";
    return shape;
  }

  #shape({ handler }: Route): CallShape {
    const asked = this.#headers[header.shape];
    if (asked !== undefined && asked !== "unary") return agreedShape(handler, asked);
    if (handler.replyStream && this.#headers[header.stream] === undefined) {
      throw new MethodNotAllowed(
        `${handler.endpoint} answers with a stream; call it as one (header Micro-Stream)`,
        {
          reason: "server.wrong-shape",
          retry: "never",
        },
      );
    }
    return ownShape(handler);
  }

  request(route: Route): unknown {
    return this.#answer.codec!.readBody(this.first.body, "request", route.input);
  }

  /** The caller's messages after the first, which only opens the stream, until it says EOS. */
  async *requests(route: Route, context: CallContext): AsyncGenerator<unknown> {
    for (;;) {
      const message = await orCancelled(context, this.socket.recv());
      if (!message || message.headers[header.error] === endOfStream) return;
      yield this.#answer.codec!.readBody(message.body, "request", route.input);
    }
  }

  reply(value: unknown, route: Route, told: ReplyMetadata | undefined): Promise<void> {
    return this.#answer.reply(value, route.output, {
      headers: told?.takeHeaders(),
      // A unary call ends with its reply.
      trailers: this.#unary ? told?.takeTrailers() : undefined,
    });
  }

  async end(_shape: CallShape, told: ReplyMetadata | undefined): Promise<void> {
    if (this.#unary) return;
    await this.#answer.end({ headers: told?.takeHeaders(), trailers: told?.takeTrailers() });
  }

  fail(thrown: unknown, id: string, told?: ReplyMetadata): Promise<void> {
    return this.#answer.fail(thrown, id, told?.takeForFailure());
  }

  onGone(listener: () => void): void {
    this.socket.onPeerClose(listener);
  }

  /** Takes in an event that came as a request. */
  async event(topic: string): Promise<void> {
    const { admission, event, id } = this.parts;
    try {
      admission.enter(undefined);
      let failed = true;
      try {
        await event(topic, this.first, this.readPeer());
        failed = false;
      } finally {
        admission.leave(undefined, failed);
      }
      await this.#answer.acknowledge();
    } catch (error) {
      await this.#answer.fail(error, id);
    }
  }
}
