import type { Connection } from "../base/environment.js";
import { RpcError } from "../base/error.js";
import { newMetadata, type Metadata } from "../base/metadata.js";
import { endOfStream, header, isOfTheProtocol } from "../call/headers.js";
import type { Lane, LaneCall, LaneStream, LaneStreamCall } from "../transport/lane.js";
import type { Message, Socket, TransportClient } from "../transport/transport.js";
import { headRoom, writeCallHead, type KnownMetadata } from "./call-frame.js";
import { CallsTable } from "./calls-table.js";
import { ClientRoutes } from "./client-routes.js";
import { connectionBusy, connectionLost, messageTooLarge } from "./frame-errors.js";
import type { FrameClientParts } from "./frame-client-parts.js";
import { FrameReader } from "./frame-reader.js";
import { FrameStream, type StreamConnection } from "./frame-stream.js";
import { FrameWriter } from "./frame-writer.js";
import { readHello, writeHello } from "./hello.js";
import { readHttpRefusal } from "./http-refusal.js";
import { LifeSigns, type Watched } from "./life-signs.js";
import { MetadataReader, metadataRoom } from "./metadata-block.js";
import { kind, malformed, maxCalls, payloadOverhead, preface, readU32 } from "./protocol.js";
import { headOf, routeOf } from "./stream-headers.js";
import { StreamSocket, type SocketOwner } from "./stream-socket.js";
import { Welcome } from "./welcome.js";

/** Bytes that may wait to be written before further calls are refused as safe to retry. */
const mostBacklog = 33_554_432;

type CallStream = FrameStream<LaneStreamCall | StreamSocket>;
type Open = LaneCall | CallStream;

/** The dialling side of a connection that speaks frames: many calls and streams at once. */
export class FrameClient implements TransportClient, Lane, StreamConnection, SocketOwner, Watched {
  readonly capacity = maxCalls;
  readonly lane: Lane = this;
  readonly speaker = "this caller";
  readonly frames: FrameWriter;
  peerTakesBytes = Number.POSITIVE_INFINITY;
  closed = false;
  sent = 0;
  readonly #calls = new CallsTable<Open>();
  readonly #routes: ClientRoutes;
  readonly #reader: FrameReader;
  /** Bytes of a payload that is no metadata. */
  readonly #mostBytes: number;
  readonly #metadata = new MetadataReader((name) => !isOfTheProtocol(name));
  /** What the hello told already. */
  readonly #self: KnownMetadata;
  /** Nothing has come yet. */
  #first = true;
  #ended = false;
  readonly #life: LifeSigns;
  readonly #welcome = new Welcome();

  constructor(
    private readonly connection: Connection,
    private readonly parts: FrameClientParts,
  ) {
    const { timers, pool, from, maxMessageBytes, maxHeaderBytes } = parts;
    this.#self = { name: header.fromService, value: from };
    this.#life = new LifeSigns(timers, parts.quietMs, this);
    this.frames = new FrameWriter(connection, timers, pool);
    this.#routes = new ClientRoutes(this.frames, () => this.#routesFull());
    this.#mostBytes = maxMessageBytes + payloadOverhead;
    this.#reader = new FrameReader(
      Math.max(maxMessageBytes, maxHeaderBytes) + payloadOverhead,
      pool,
      (what, call, bytes, start, end) => this.#frame(what, call, bytes, start, end),
      (what, call, bytes) => this.#oversize(what, call, bytes),
    );
    connection.listen({
      data: (bytes) => this.#data(bytes),
      drain: () => void this.frames.look(),
      end: () => this.#drop(connectionLost(parts.address, "was ended by the peer")),
      close: (cause) =>
        this.#drop(
          (cause && parts.failure?.(cause)) ?? connectionLost(parts.address, "broke", { cause }),
        ),
    });
    connection.write(preface);
    writeHello(this.frames, { maxMessageBytes, from });
  }

  /**
   * Resolves when the peer has said hello. Nothing may be sent before: what is lost with a connection
   * whose peer never spoke was never begun.
   * @throws what the connection broke with, as safe to retry; the signal's reason, and then it is closed.
   */
  async welcomed(signal: AbortSignal): Promise<void> {
    const give = (): void => this.#drop(signal.reason as RpcError);
    if (signal.aborted) give();
    signal.addEventListener("abort", give, { once: true });
    try {
      await this.#welcome.come;
    } finally {
      signal.removeEventListener("abort", give);
    }
  }

  get waiting(): boolean {
    return !this.#ended && this.#calls.size > 0;
  }

  ask(): void {
    this.frames.frame(kind.ping, 0, pingPayload);
  }

  silent(ms: number): void {
    this.#drop(connectionLost(this.parts.address, `was given up: nothing was heard for ${ms} ms`));
  }

  get calls(): number {
    return this.#calls.size;
  }

  get remoteAddress(): string {
    return this.parts.address;
  }

  call(call: LaneCall): number {
    this.#requireRoom();
    const { route, metadata, writer, request, timeoutMs, attempt } = call;
    const frames = this.frames;
    const named = this.#routes.of(route);
    const room = headRoom + (metadata ? metadataRoom(metadata) : 0) + writer.room(request);
    const start = frames.reserve(room);
    const { buffer } = frames;
    const at = writeCallHead(buffer, start, named, timeoutMs, attempt, metadata, this.#self);
    const end = writer.write(request, buffer, at);
    if (end - at > this.peerTakesBytes)
      throw messageTooLarge(this.speaker, end - at, this.peerTakesBytes);
    const number = this.#calls.add(call);
    frames.commit(kind.call, number, end);
    this.sent++;
    this.#life.watch();
    return number;
  }

  cancel(number: number, call: LaneCall): void {
    if (this.#ended || this.#calls.get(number) !== call) return;
    this.#calls.take(number);
    this.frames.frame(kind.cancel, number);
    this.#closeIfDone();
  }

  stream(call: LaneStreamCall): LaneStream {
    this.#requireRoom();
    const { route, metadata, timeoutMs, attempt } = call;
    const { frames } = this;
    const named = this.#routes.of(route);
    const start = frames.reserve(headRoom + (metadata ? metadataRoom(metadata) : 0));
    const { buffer } = frames;
    const end = writeCallHead(buffer, start, named, timeoutMs, attempt, metadata, this.#self);
    const stream = this.#newStream(call);
    frames.commit(kind.call, stream.number, end);
    return stream;
  }

  open(): Socket {
    this.#requireRoom();
    const stream = this.#newStream();
    return (stream.user = new StreamSocket(this, stream));
  }

  #newStream(user?: LaneStreamCall): CallStream {
    const stream: CallStream = new FrameStream(this);
    if (user) stream.user = user;
    stream.number = this.#calls.add(stream);
    this.sent++;
    this.#life.watch();
    return stream;
  }

  async close(): Promise<void> {
    this.#drop(connectionLost(this.parts.address, "was closed here"));
  }

  /** The first message opens the stream, its body counts for nothing; the next ones are requests. */
  sendMessage(socket: StreamSocket, { headers, body }: Message): void {
    if (this.#ended) return;
    const { stream } = socket;
    if (!socket.opened) {
      this.#openStream(stream.number, headers);
      socket.opened = true;
    } else if (headers[header.error] === endOfStream) stream.end();
    else stream.sendBytes(body);
  }

  released({ stream, opened }: StreamSocket): void {
    if (opened) stream.leave();
    else if (this.#calls.take(stream.number) !== undefined) this.#closeIfDone();
  }

  end(number: number): void {
    this.frames.frame(kind.end, number);
  }

  leave(number: number): void {
    if (this.#calls.take(number) === undefined || this.#ended) return;
    this.frames.frame(kind.cancel, number);
    this.#closeIfDone();
  }

  #requireRoom(): void {
    if (this.closed) throw connectionLost(this.parts.address, "is closed", { safe: true });
    if (this.#calls.full) throw connectionBusy(this.parts.address);
    if (this.frames.backlog > mostBacklog && this.frames.look() > mostBacklog)
      throw connectionBusy(this.parts.address);
  }

  /** Others than ours make so many routes; the next connection begins anew. */
  #routesFull(): never {
    this.#retire();
    throw connectionLost(this.parts.address, "knows as many routes as it may", { safe: true });
  }

  #openStream(call: number, headers: Metadata): void {
    const number = this.#routes.tell(routeOf(headers));
    const { timeoutMs, attempt, metadata } = headOf(headers);
    const at = this.frames.reserve(headRoom + metadataRoom(metadata));
    const { buffer } = this.frames;
    const end = writeCallHead(buffer, at, number, timeoutMs, attempt, metadata, this.#self);
    this.frames.commit(kind.call, call, end);
  }

  #data(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#life.heard();
    const refusal = this.#first ? readHttpRefusal(bytes) : undefined;
    this.#first = false;
    if (refusal) {
      this.#drop(refusal);
      return;
    }
    try {
      this.#reader.push(bytes);
      this.#closeIfDone();
    } catch (error) {
      const cause = error instanceof RpcError ? error : undefined;
      this.#drop(
        connectionLost(this.parts.address, `was given up: ${(error as Error).message}`, { cause }),
      );
    }
  }

  #frame(what: number, call: number, bytes: Buffer, start: number, end: number): void {
    if (end - start > this.#mostBytes && what !== kind.headers && what !== kind.trailers) {
      this.#oversize(what, call, end - start);
      return;
    }
    switch (what) {
      case kind.data: {
        const open = this.#calls.get(call);
        if (open instanceof FrameStream) open.data(bytes, start, end);
        return;
      }
      case kind.reply: {
        const open = this.#calls.take(call);
        if (open instanceof FrameStream) throw malformed("a reply to a stream");
        open?.replied(bytes, start, end);
        return;
      }
      case kind.error: {
        const open = this.#calls.take(call);
        const line = bytes.toString("utf8", start, end);
        if (open instanceof FrameStream) {
          open.over = true;
          open.user.refused(line);
        } else open?.refused(line);
        return;
      }
      case kind.end: {
        const open = this.#calls.take(call);
        if (!(open instanceof FrameStream)) return;
        open.over = true;
        open.finish();
        return;
      }
      case kind.credit: {
        const open = this.#calls.get(call);
        if (end - start !== 4) throw malformed("a credit of the wrong length");
        if (open instanceof FrameStream) open.allow(readU32(bytes, start));
        return;
      }
      case kind.headers:
      case kind.trailers:
        this.#told(what, call, bytes, start, end);
        return;
      case kind.hello:
        this.peerTakesBytes = readHello(bytes, start, end).maxMessageBytes;
        this.#welcome.given();
        return;
      case kind.goAway:
        this.#retire();
        return;
      case kind.ping:
        if (this.frames.backlog <= mostBacklog)
          this.frames.frame(kind.pong, 0, bytes.subarray(start, Math.min(end, start + 8)));
        return;
      default: // of a later version
    }
  }

  /** A handler says something beside its replies, to a caller who may listen. */
  #told(what: number, call: number, bytes: Buffer, start: number, end: number): void {
    const open = this.#calls.get(call);
    const user = open instanceof FrameStream ? open.user : open;
    if (user instanceof StreamSocket) return;
    const metadata = newMetadata();
    this.#metadata.read(bytes, start, end, metadata);
    if (what === kind.headers) user?.headers?.(metadata);
    else user?.trailers?.(metadata);
  }

  #oversize(what: number, call: number, bytes: number): void {
    const open = this.#calls.take(call);
    const error = messageTooLarge(this.parts.address, bytes, this.parts.maxMessageBytes);
    if (!open) return;
    this.frames.frame(kind.cancel, call);
    open.lost(error);
  }

  /** Takes no further call. */
  #retire(): void {
    this.closed = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.closed && this.#calls.size === 0)
      this.#drop(connectionLost(this.parts.address, "is not used any more"));
  }

  #drop(error: RpcError): void {
    if (this.#ended) return;
    this.#ended = this.closed = true;
    this.#welcome.refused(error);
    this.parts.onClosed(this);
    this.#life.stop();
    this.#reader.stop();
    this.frames.close();
    this.connection.destroy();
    for (const open of this.#calls.clear()) open.lost(error);
  }
}

const pingPayload = Buffer.alloc(4);
