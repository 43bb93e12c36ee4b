import type { IncomingMessage } from "node:http";
import {
  agreedShape,
  header,
  Lines,
  mediaType,
  MethodNotAllowed,
  ndjsonType,
  orCancelled,
  ownShape,
  readAttempt,
  readCallPath,
  toRpcError,
  UnsupportedMediaType,
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
  type ServingTurns,
} from "../../../src/spi.js";
import { connectionPeer } from "./connection-peer.js";
import { errorAnswer } from "./error-answer.js";
import type { HttpAnswer } from "./http-answer.js";
import { replyFormat, type ReplyFormat } from "./reply-format.js";
import { replyTexts } from "./reply-texts.js";
import { RequestBody, type BodyLimits } from "./request-body.js";
import { requestMetadata } from "./request-metadata.js";
import { readRequestTimeout, requestTimeout } from "./request-timeout.js";

const json = "application/json";

/** One call of plain HTTP. */
export class HttpExchange implements Exchange {
  endpoint = "a call";
  timeoutMs = Number.POSITIVE_INFINITY;
  readonly #body: RequestBody;
  readonly #format: ReplyFormat;
  readonly #peer: Peer;
  /** Of requests and of a single reply. */
  #contentType = "";
  #codec: Codec | undefined;
  #streams = false;
  /** The one request of a call that has one. */
  #request: Buffer | undefined;

  constructor(
    private readonly incoming: IncomingMessage,
    private readonly answer: HttpAnswer,
    private readonly parts: ServeParts,
    private readonly limits: BodyLimits,
    private readonly turns: ServingTurns,
  ) {
    this.#body = new RequestBody(incoming, limits, parts.environment);
    this.#format = replyFormat(incoming.headers.accept);
    this.#peer = connectionPeer(incoming.socket);
  }

  /** Whether the requests come as a stream. */
  get #lines(): boolean {
    return mediaType(this.incoming.headers["content-type"]) === ndjsonType;
  }

  get attempt(): number {
    return readAttempt(this.#text(header.attempt));
  }

  readPeer(): Peer {
    return this.#peer;
  }

  readMetadata(): MutableMetadata {
    return requestMetadata(this.incoming.headers);
  }

  route(router: Router): Route {
    const { method, url = "" } = this.incoming;
    const { service, endpoint } = readCallPath(url);
    const route = router.find(service, endpoint);
    this.endpoint = route.handler.endpoint;
    if (method !== "POST") {
      throw new MethodNotAllowed(`${this.endpoint} is called with POST, not with ${method}`, {
        reason: "server.wrong-method",
        retry: "never",
      });
    }
    this.timeoutMs = readRequestTimeout(this.#text(requestTimeout), this.#text(header.timeout));
    this.#chooseCodec(route);
    return route;
  }

  /** @throws UnsupportedMediaType for what nothing here reads. */
  #chooseCodec({ handler }: Route): void {
    const said = this.incoming.headers["content-type"];
    const type = mediaType(said);
    const lines = type === ndjsonType;
    if (type === "") throw unreadable(`${this.endpoint} was called without a Content-Type`);
    if (!utf8(said!)) throw unreadable(`${this.endpoint} was called in a charset other than UTF-8`);
    const encoding = this.#text("content-encoding") ?? "identity";
    if (encoding !== "identity")
      throw unreadable(`${this.endpoint} was called with ${encoding}; send it uncompressed`);
    this.#contentType = lines ? json : type;
    this.#codec = this.parts.codecs.get(this.#contentType);
    if (this.#codec.enveloped) throw unreadable(`${type} is not spoken over plain HTTP`);
    if (lines !== (handler.requestStream ?? lines))
      throw unreadable(
        lines
          ? `${this.endpoint} takes one request`
          : `${this.endpoint} takes a stream of requests; send ${ndjsonType}, a JSON text on each line`,
      );
    if ((lines || handler.replyStream) && this.#contentType !== json)
      throw unreadable(`streams are not spoken in ${type} over plain HTTP`);
    if (!lines) this.#body.checkLength();
  }

  shape({ handler }: Route): CallShape {
    const lines = this.#lines;
    const asked = this.#text(header.shape);
    const shape =
      asked === undefined || asked === "unary"
        ? ownShape({ ...handler, requestStream: lines })
        : agreedShape(handler, asked);
    this.#streams = shape === "server-stream" || shape === "bidi-stream";
    return shape;
  }

  async arrive(): Promise<void> {
    if (this.#lines) return;
    this.#request = await this.#body.whole();
    await new Promise<void>((begin) => this.turns.run(begin));
    this.answer.checkCaller();
  }

  request(route: Route): unknown {
    return this.#codec!.readBody(this.#request!, "request", route.input);
  }

  async *requests(route: Route, context: CallContext): AsyncGenerator<unknown> {
    if (!this.#lines) {
      yield this.request(route);
      return;
    }
    const lines = new Lines(() => this.#body.next(), this.limits.maxMessageBytes);
    for (;;) {
      const line = await orCancelled(context, lines.read());
      if (!line) return;
      yield this.#codec!.readBody(line, "request", route.input);
    }
  }

  async reply(value: unknown, route: Route, told: ReplyMetadata | undefined): Promise<void> {
    const bytes = this.#codec!.write({ endpoint: this.endpoint }, "response", value, route.output);
    this.turns.made(bytes.length);
    if (this.#streams) {
      this.#begin(told);
      await this.answer.write(this.#format.value(bytes));
    } else {
      const said = replyTexts(told?.takeHeaders(), told?.takeTrailers());
      said["content-type"] = this.#contentType;
      await this.answer.send(200, undefined, said, bytes);
    }
  }

  async end(_shape: CallShape, told: ReplyMetadata | undefined): Promise<void> {
    if (!this.#streams) return;
    const trailers = replyTexts(told?.takeTrailers());
    this.#begin(told);
    await this.answer.end(Buffer.from(this.#format.end), trailers);
  }

  #begin(told: ReplyMetadata | undefined): void {
    if (this.answer.begun) return;
    this.answer.begin(200, undefined, {
      ...replyTexts(told?.takeHeaders()),
      "content-type": this.#format.contentType,
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
  }

  async fail(thrown: unknown, id: string, told?: ReplyMetadata): Promise<void> {
    const error = toRpcError(thrown, { id, endpoint: this.endpoint }, this.parts.environment);
    const { headers: said, trailers } = told?.takeForFailure() ?? {};
    if (this.answer.begun) {
      await this.answer.end(Buffer.from(this.#format.error(error)), replyTexts(trailers));
      return;
    }
    const { status, text, headers, body } = errorAnswer(error);
    await this.answer.send(status, text, { ...replyTexts(said, trailers), ...headers }, body);
  }

  onGone(listener: () => void): void {
    this.answer.onGone(listener);
  }

  #text(name: string): string | undefined {
    const value = this.incoming.headers[name];
    return typeof value === "string" ? value : value?.join(", ");
  }
}

/** JSON has one charset, and a parameter that says another is a lie or a mistake. */
const utf8 = (contentType: string): boolean =>
  /^utf-?8$/i.test(/;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1] ?? "utf-8");

const unreadable = (detail: string): UnsupportedMediaType =>
  new UnsupportedMediaType(`${detail}; send Content-Type: application/json`, {
    reason: "server.content-type",
    retry: "never",
  });
