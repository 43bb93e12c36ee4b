import {
  agreedShape,
  fromGrpcType,
  header,
  orCancelled,
  ownShape,
  readAttempt,
  readGrpcPath,
  readGrpcTimeout,
  toGrpcType,
  toRpcError,
  writeMessageFrame,
  type CallContext,
  type CallShape,
  type Codec,
  type Exchange,
  type MutableMetadata,
  type Peer,
  type ReplyMetadata,
  type Route,
  type Router,
  type ServeParts,
} from "../../../src/spi.js";
import { Answer, callerGone } from "./answer.js";
import { compressReply } from "./compress-reply.js";
import type { Arriving } from "./connection.js";
import { askedType, handlersMetadata, textIn, typeOf, type IncomingCall } from "./incoming-call.js";
import { lateRequest, manyRequests, noRequest } from "./request-faults.js";
import { RequestMessages } from "./request-messages.js";

/** One call of gRPC. Every shape is a stream of messages both ways; what it means is the handler's. */
export class GrpcExchange implements Exchange, Arriving {
  endpoint = "a call";
  readonly #requests: RequestMessages;
  readonly #answer: Answer;
  #codec: Codec | undefined;
  #shape: CallShape = "unary";
  /** The request of a call that has one. */
  #request: Buffer | undefined;
  #gone: (() => void) | undefined;
  /** The one reply of a call that ends with it. */
  #last: Buffer | undefined;

  constructor(
    private readonly call: IncomingCall,
    private readonly parts: ServeParts,
  ) {
    const { stream, headers, connection, maxMessageBytes, gzip } = call;
    this.#answer = new Answer(stream, connection);
    if (gzip) this.#answer.encoding = "gzip";
    stream.on("close", () => {
      connection.closed(stream);
      if (!this.#answer.ended) this.#gone?.();
    });
    this.#requests = new RequestMessages(stream, textIn(headers, "grpc-encoding"), maxMessageBytes);
  }

  get timeoutMs(): number {
    return readGrpcTimeout(textIn(this.call.headers, "grpc-timeout"));
  }

  get attempt(): number {
    return readAttempt(textIn(this.call.headers, header.attempt));
  }

  readMetadata(): MutableMetadata {
    return handlersMetadata(this.call.headers);
  }

  readPeer(): Peer {
    return this.call.connection.peer;
  }

  route(router: Router): Route {
    const { headers } = this.call;
    const { service, endpoint } = readGrpcPath(headers[":path"] ?? "");
    this.endpoint = endpoint;
    const route = router.find(service, endpoint);
    const said = fromGrpcType(headers["content-type"] ?? "", textIn(this.call.headers, askedType));
    const contentType = said ?? typeOf(route);
    this.#codec = this.parts.codecs.get(contentType);
    this.#answer.contentType = toGrpcType(contentType);
    return route;
  }

  shape({ handler }: Route): CallShape {
    const asked = textIn(this.call.headers, header.shape);
    return (this.#shape = asked === undefined ? ownShape(handler) : agreedShape(handler, asked));
  }

  /** What has one request takes its place once that has come, so that slow senders crowd nobody out. */
  async arrive(route: Route): Promise<void> {
    const shape = this.shape(route);
    if (shape !== "unary" && shape !== "server-stream") return;
    const gone = new Promise<never>((_resolve, reject) => this.onGone(() => reject(callerGone())));
    this.#request = await Promise.race([this.#onlyRequest(), gone]);
    const { connection, stream } = this.call;
    await new Promise<void>((begin) => connection.turns.run(begin));
    if (this.#answer.lost || connection.turnsAway(stream)) throw callerGone();
  }

  request(route: Route): unknown {
    return this.#codec!.readBody(this.#request!, "request", route.input);
  }

  /** Of a caller that sends one. go-micro's need not end their side after it, and are not waited for. */
  async #onlyRequest(): Promise<Buffer> {
    const { arriving } = this.call.connection;
    arriving.add(this);
    try {
      const bytes = await this.#requests.next();
      if (!bytes) throw noRequest(this.endpoint);
      if (!this.#goMicro && (await this.#requests.next())) throw manyRequests(this.endpoint);
      return bytes;
    } finally {
      arriving.delete(this);
    }
  }

  late(): void {
    this.#requests.giveUp(lateRequest(this.endpoint));
  }

  /** Who says what content type it means is go-micro's client, or ours. */
  get #goMicro(): boolean {
    return this.call.headers[askedType] !== undefined;
  }

  async *requests(route: Route, context: CallContext): AsyncGenerator<unknown> {
    if (this.#request) {
      yield this.request(route);
      return;
    }
    for (;;) {
      const bytes = await orCancelled(context, this.#requests.next());
      if (!bytes) return;
      yield this.#codec!.readBody(bytes, "request", route.input);
    }
  }

  async reply(value: unknown, route: Route, told: ReplyMetadata | undefined): Promise<void> {
    const { endpoint } = this;
    const answer = this.#answer;
    const body = this.#codec!.write({ endpoint }, "response", value, route.output);
    this.call.connection.turns.made(body.length);
    const headers = told?.takeHeaders();
    const smaller = this.call.gzip ? await compressReply(body) : undefined;
    const frame = writeMessageFrame(smaller ?? body, smaller !== undefined);
    // It may have ended while the message was compressed.
    if (answer.ended || answer.lost) throw callerGone();
    answer.begin(headers);
    if (this.#shape === "unary" || this.#shape === "client-stream") this.#last = frame;
    else await answer.send(frame);
  }

  async end(_shape: CallShape, told: ReplyMetadata | undefined): Promise<void> {
    const answer = this.#answer;
    const trailers = told?.takeTrailers();
    if (answer.lost) throw callerGone();
    answer.begin(told?.takeHeaders());
    answer.end(trailers, this.#last);
    this.#letGo();
  }

  async fail(thrown: unknown, id: string, told?: ReplyMetadata): Promise<void> {
    const { environment, codecs } = this.parts;
    const error = toRpcError(thrown, { id, endpoint: this.endpoint }, environment);
    this.#answer.fail(error, told?.takeForFailure() ?? {}, this.#goMicro, codecs);
    this.#letGo();
  }

  onGone(listener: () => void): void {
    this.#gone = listener;
    if (this.#answer.lost) listener();
  }

  /** The caller may still be sending. */
  #letGo(): void {
    if (this.#requests.ended) return;
    this.#requests.drop();
    this.call.connection.linger(this.call.stream);
  }
}
