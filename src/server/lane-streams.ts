import { Limited } from "../base/deadlines.js";
import type { RpcError } from "../base/error.js";
import { Timeout } from "../base/errors.js";
import type { MutableMetadata } from "../base/metadata.js";
import { peerOf, type Peer } from "../base/peer.js";
import type { CallShape } from "../call/call.js";
import { CallContext, type CancelOwner, type MetadataSource } from "../call/context.js";
import { encodeError, toRpcError } from "../call/error-wire.js";
import { header } from "../call/headers.js";
import { bodyReader, bodyWriter } from "../codec/body-coders.js";
import type { BodyReader, BodyWriter } from "../codec/codec.js";
import { LaneInbox } from "../transport/lane-inbox.js";
import type {
  LaneReplies,
  LaneRequest,
  LaneRoute,
  LaneStream,
  LaneStreamHandler,
  LaneStreamTarget,
  LaneStreamUser,
} from "../transport/lane.js";
import { StreamSender } from "../transport/stream-sender.js";
import { agreedShape } from "./call-shape.js";
import type { LaneParts } from "./lane-calls.js";
import { isAsyncIterable, unexpectedStream } from "./new-handler.js";
import type { Route } from "./router.js";
import { callEnded, callerGone, noRequest } from "./serve-call.js";
import { tellAll, tellFailure, tellHeaders } from "./tell-metadata.js";

/** Serves the streams that come over lanes; those of codecs with an envelope need a channel. */
export const laneStreamHandler =
  (parts: LaneParts): LaneStreamHandler =>
  (named) => {
    try {
      const codec = parts.codecs.get(named.contentType);
      if (codec.enveloped) return undefined;
      const route = parts.router.find(named.service, named.endpoint);
      return new Target(
        parts,
        named,
        route,
        bodyReader(codec, "request", route.input),
        bodyWriter(codec, { endpoint: named.endpoint }, "response", route.output),
      );
    } catch (error) {
      return {
        open: ({ replies, number }) => {
          const where = { id: parts.id, endpoint: named.endpoint };
          replies.fail(number, encodeError(toRpcError(error, where, parts.environment)));
          return nobody;
        },
      };
    }
  };

/** Hears what comes for a stream that was refused. */
const nobody: LaneStreamUser = {
  message: () => undefined,
  ended: () => undefined,
  credit: () => undefined,
  lost: () => undefined,
};

/** One endpoint in one content type and shape. */
class Target implements LaneStreamTarget {
  constructor(
    readonly parts: LaneParts,
    readonly named: LaneRoute,
    readonly route: Route,
    readonly read: BodyReader,
    readonly writer: BodyWriter,
  ) {}

  open(request: LaneRequest, stream: LaneStream): LaneStreamUser {
    const { parts, route } = this;
    let metadata: MutableMetadata;
    try {
      // Before it is let in, since a peer may send what cannot be read.
      metadata = request.readMetadata(this.named);
      parts.admission.enter(route, request.timeoutMs);
    } catch (error) {
      this.refuse(request.replies, request.number, error, parts.id);
      return nobody;
    }
    const served = new ServedStream(this, request, metadata, stream);
    served.start();
    return served;
  }

  refuse(replies: LaneReplies, number: number, error: unknown, id: string): void {
    const { endpoint } = this.route.handler;
    replies.fail(number, encodeError(toRpcError(error, { id, endpoint }, this.parts.environment)));
  }
}

/** A stream in hand, from admission to its end. Keeps nothing of the buffer that it came in. */
class ServedStream extends Limited implements LaneStreamUser, MetadataSource, CancelOwner {
  readonly #context: CallContext;
  /** Milliseconds that it may take. */
  readonly #ms: number;
  readonly #replies: LaneReplies;
  readonly #number: number;
  readonly #metadata: MutableMetadata;
  readonly #sender: StreamSender;
  #shape: CallShape | undefined;
  /** The caller's messages, where the handler reads them. */
  #requests: LaneInbox | undefined;
  /** The one request of a server stream has come. */
  #asked = false;
  #done = false;

  constructor(
    private readonly target: Target,
    request: LaneRequest,
    metadata: MutableMetadata,
    private readonly stream: LaneStream,
  ) {
    super();
    const { parts, route, writer } = target;
    const { clock } = parts.environment;
    this.#replies = request.replies;
    this.#number = request.number;
    this.#metadata = metadata;
    this.#sender = new StreamSender(stream, writer, () => this.#tellHeaders());
    const ms = Math.min(request.timeoutMs, route.handler.timeoutMs ?? Number.POSITIVE_INFINITY);
    this.#ms = ms;
    const limited = ms !== Number.POSITIVE_INFINITY;
    const now = limited ? clock.monotonic() : 0;
    this.#context = new CallContext(clock, this, now + ms, request.attempt);
    if (limited) parts.deadlines.add(this, ms, now);
    this.#context.owner = this;
    parts.live.add(this.#context);
  }

  start(): void {
    const { target } = this;
    try {
      this.#shape = agreedShape(target.route.handler, target.named.shape ?? "bidi-stream");
      if (this.#shape === "server-stream") return; // its request is on the way
      this.#requests = new LaneInbox(target.read);
      this.#requests.stream = this.stream;
      this.#call(this.#requests);
    } catch (error) {
      this.#fail(error);
    }
  }

  message(bytes: Buffer, start: number, end: number): void {
    const requests = this.#requests;
    if (requests) {
      try {
        requests.put(bytes, start, end);
      } catch (error) {
        requests.close(error); // for the handler, in its turn
      }
      return;
    }
    if (this.#asked || this.#done) return;
    this.#asked = true;
    try {
      this.#call(this.target.read(bytes, start, end));
    } catch (error) {
      this.#fail(error);
    }
  }

  ended(): void {
    if (this.#requests) this.#requests.close();
    else if (!this.#asked) this.#fail(noRequest());
  }

  credit(): void {
    this.#sender.credit();
  }

  lost(): void {
    this.#context.scope.cancel(callerGone);
  }

  /** The headers that came, as a handler sees them. Made when first asked for. */
  readMetadata(): MutableMetadata {
    const metadata = this.#metadata;
    metadata[header.stream] = metadata[header.id]!;
    return metadata;
  }

  readPeer(): Peer {
    return peerOf(this.#replies);
  }

  /** The deadline has passed. */
  expired(): void {
    const { endpoint } = this.target.route.handler;
    const ms = Math.round(this.#ms);
    this.#context.scope.cancel(
      new Timeout(`${endpoint} did not finish within ${ms} ms`, { reason: "server.timeout" }),
    );
  }

  /** Nobody waits for the handler any more. */
  cancelled(reason: RpcError): void {
    this.#fail(reason);
  }

  #call(request: unknown): void {
    const { handler } = this.target.route;
    const context = this.#context;
    const call = {
      side: "server",
      service: handler.service.name,
      endpoint: handler.endpoint,
      shape: this.#shape!,
      request,
      context,
      metadata: context.metadata,
      attempt: context.attempt,
    } as const;
    // What follows stays in the call's surroundings, since each step begins in the one before.
    void this.target.parts.ambient.run(context, async () => {
      try {
        const reply = await handler.call(call);
        if (!this.#done) await this.#answer(reply);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  async #answer(reply: unknown): Promise<void> {
    const { stream, target } = this;
    if (this.#shape === "client-stream") {
      if (isAsyncIterable(reply)) throw unexpectedStream(target.route.handler.endpoint);
      this.#tellHeaders();
      stream.send(target.writer, reply);
    } else if (!(await this.#sender.send(reply as AsyncIterable<unknown>))) return;
    if (this.#done) return;
    const told = this.#context.reply;
    if (told) tellAll(this.#replies, this.#number, told);
    stream.end();
    this.#finish(false);
  }

  #tellHeaders(): void {
    const told = this.#context.reply;
    if (told) tellHeaders(this.#replies, this.#number, told);
  }

  #fail(error: unknown): void {
    if (this.#done) return;
    this.#finish(true);
    const { target } = this;
    const told = this.#context.reply;
    if (error !== callerGone) {
      if (told) tellFailure(this.#replies, this.#number, told);
      target.refuse(this.#replies, this.#number, error, target.route.handler.service.name);
    }
    this.#sender.stop();
  }

  #finish(failed: boolean): void {
    this.#done = true;
    const { parts, route } = this.target;
    const context = this.#context;
    parts.deadlines.remove(this);
    parts.live.delete(context);
    // Whatever the handler started and still waits for has nobody to answer to.
    context.end(callEnded);
    this.#requests?.drop(context.reason ?? callEnded);
    parts.admission.leave(route, failed);
  }
}
