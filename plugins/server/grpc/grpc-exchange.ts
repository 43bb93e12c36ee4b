import type { Metadata } from "@grpc/grpc-js";
import {
  agreedShape,
  fromGrpcType,
  fromWireMetadata,
  header,
  Inbox,
  incomingMetadata,
  orCancelled,
  ownShape,
  readGrpcPath,
  readGrpcTimeout,
  readPeerCertificate,
  toGrpcType,
  toRpcError,
  toStatus,
  toWireMetadata,
  BadRequest,
  Canceled,
  type CallContext,
  type CallShape,
  type Codec,
  type Exchange,
  type Metadata as MetadataTexts,
  type MutableMetadata,
  type ReplyMetadata,
  type Peer,
  type Route,
  type Router,
  type ServeParts,
} from "../../../src/spi.js";
import { told, type GrpcCall } from "./any-path.js";
import type { MakeServerMetadata } from "./server-metadata.js";

/** Header with the content type that the caller asked for, as go-micro's clients and ours send it. */
const askedType = "x-content-type";

/** One call of gRPC. Every shape is a stream of messages both ways; what it means is the handler's. */
export class GrpcExchange implements Exchange {
  endpoint = "a call";
  readonly #headers: MutableMetadata;
  readonly #inbox: Inbox;
  #codec: Codec | undefined;
  #contentType = "";
  #headed = false;
  #shape: CallShape = "unary";
  /** Ended by us: that grpc-js calls it cancelled then tells nothing. */
  #ended = false;

  constructor(
    private readonly call: GrpcCall,
    private readonly parts: ServeParts,
    private readonly newMetadata: MakeServerMetadata,
  ) {
    const { metadata } = call;
    const names = Object.keys(metadata.getMap());
    this.#headers = fromWireMetadata(names.map((name) => [name, metadata.get(name)]));
    this.#inbox = new Inbox(call);
  }

  get timeoutMs(): number {
    return readGrpcTimeout(this.#headers[told.timeout]);
  }

  get attempt(): number {
    const attempt = Number(this.#headers[header.attempt] ?? 1);
    return Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1;
  }

  readMetadata(): MutableMetadata {
    const { [askedType]: _asked, ...others } = this.#headers;
    return incomingMetadata(others);
  }

  readPeer(): Peer {
    const { call } = this;
    const { sslPeerCertificate } = call.getAuthContext();
    return { address: call.getPeer(), certificate: readPeerCertificate(sslPeerCertificate) };
  }

  route(router: Router): Route {
    const { service, endpoint } = readGrpcPath(this.#headers[told.path] ?? "");
    this.endpoint = endpoint;
    const route = router.find(service, endpoint);
    const said = fromGrpcType(this.#headers[told.contentType] ?? "", this.#headers[askedType]);
    // Whoever says nothing means protobuf, unless nothing here is of a declared type.
    this.#contentType =
      said ?? (route.input || route.output ? "application/protobuf" : "application/json");
    this.#codec = this.parts.codecs.get(this.#contentType);
    return route;
  }

  shape({ handler }: Route): CallShape {
    const asked = this.#headers[header.shape];
    return (this.#shape = asked === undefined ? ownShape(handler) : agreedShape(handler, asked));
  }

  async request(route: Route): Promise<unknown> {
    return this.#codec!.readBody(await this.#onlyRequest(), "request", route.input);
  }

  /** Of a caller that sends one. go-micro's need not end their side after it, and are not waited for. */
  async #onlyRequest(): Promise<Buffer> {
    const bytes = await this.#inbox.next();
    const fault = !bytes
      ? (["was called without a request", "server.no-request"] as const)
      : !this.#goMicro && (await this.#inbox.next())
        ? (["takes one request and got more", "server.many-requests"] as const)
        : undefined;
    if (!fault) return bytes!;
    const [text, reason] = fault;
    throw new BadRequest(`${this.endpoint} ${text}`, { reason, retry: "never" });
  }

  /** Who says what content type it means is go-micro's client, or ours. */
  get #goMicro(): boolean {
    return this.#headers[askedType] !== undefined;
  }

  async *requests(route: Route, context: CallContext): AsyncGenerator<unknown> {
    for (;;) {
      const one = this.#shape === "server-stream";
      const next = one ? this.#onlyRequest() : this.#inbox.next();
      const bytes = await orCancelled(context, next);
      if (!bytes) return;
      yield this.#codec!.readBody(bytes, "request", route.input);
    }
  }

  reply(value: unknown, route: Route, told: ReplyMetadata | undefined): Promise<void> {
    const { endpoint, call } = this;
    const bytes = this.#codec!.write({ endpoint }, "response", value, route.output);
    this.#sendHeaders(told?.takeHeaders());
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return call.frames
      ? call.frames.next(message).then((body) => this.#send(body))
      : this.#send(message);
  }

  #send(body: Buffer): Promise<void> {
    const { call } = this;
    return new Promise((resolve, reject) => {
      // It may have ended while the message was compressed.
      if (this.#ended || call.cancelled) throw callerGone();
      const gone = (): void => reject(callerGone());
      call.once("close", gone);
      call.write(body, (error?: Error | null) => {
        call.removeListener("close", gone);
        if (error) reject(callerGone(error));
        else resolve();
      });
    });
  }

  #sendHeaders(headers: MetadataTexts = {}): void {
    if (this.#headed) return;
    this.#headed = true;
    const metadata = this.#metadata(headers);
    metadata.set("content-type", toGrpcType(this.#contentType));
    if (this.call.frames) metadata.set("grpc-encoding", "gzip");
    this.call.sendMetadata(metadata);
  }

  #metadata(texts: MetadataTexts = {}, quiet = false): Metadata {
    const metadata = this.newMetadata(quiet);
    for (const [name, value] of toWireMetadata(texts)) metadata.add(name, value);
    return metadata;
  }

  async end(_shape: CallShape, told: ReplyMetadata | undefined): Promise<void> {
    const trailers = this.#metadata(told?.takeTrailers(), true);
    this.#sendHeaders(told?.takeHeaders());
    this.#ended = true;
    this.call.end(trailers);
  }

  async fail(thrown: unknown, id: string, told?: ReplyMetadata): Promise<void> {
    const { environment, codecs } = this.parts;
    const error = toRpcError(thrown, { id, endpoint: this.endpoint }, environment);
    const { code, message, details } = toStatus(error, this.#goMicro, codecs);
    const { headers, trailers } = told?.takeForFailure() ?? {};
    if (headers) this.#sendHeaders(headers);
    const metadata = this.#metadata(trailers);
    if (details) metadata.set("grpc-status-details-bin", Buffer.from(details));
    this.#ended = true;
    this.call.emit(
      "error",
      Object.assign(new Error(message), { code, details: message, metadata }),
    );
  }

  onGone(listener: () => void): void {
    const gone = (): void => {
      if (!this.#ended) listener();
    };
    if (this.call.cancelled) gone();
    else this.call.once("cancelled", gone);
  }
}

/** Nobody is there to be told, and no handler is to blame. */
const callerGone = (cause?: unknown): Canceled =>
  new Canceled("the caller went away before the reply", {
    reason: "server.caller-gone",
    retry: "never",
    cause,
  });
