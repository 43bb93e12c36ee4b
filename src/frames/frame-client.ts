import type { Connection, Timers } from "../base/environment.js";
import { RpcError } from "../base/error.js";
import type { Metadata } from "../base/metadata.js";
import { endOfStream, header } from "../call/headers.js";
import type { Lane, LaneCall, LaneRoute } from "../transport/lane.js";
import type { Message, Socket, TransportClient } from "../transport/transport.js";
import type { BufferPool } from "./buffer-pool.js";
import { headRoom, writeCallHead, type KnownMetadata } from "./call-frame.js";
import { CallsTable } from "./calls-table.js";
import { connectionBusy, connectionLost, messageTooLarge } from "./frame-errors.js";
import { FrameReader } from "./frame-reader.js";
import { FrameWriter } from "./frame-writer.js";
import { readHello, writeHello } from "./hello.js";
import { LifeSigns, type Watched } from "./life-signs.js";
import { metadataRoom } from "./metadata-block.js";
import {
  kind,
  malformed,
  maxCalls,
  maxRoutes,
  payloadOverhead,
  preface,
  readU32,
  writeU32,
} from "./protocol.js";
import { writeRoute } from "./route-frame.js";
import { headOf, routeOf } from "./stream-headers.js";
import { sign, StreamSocket, type StreamOwner } from "./stream-socket.js";

/** What a {@link FrameClient} works with. */
export interface FrameClientParts {
  readonly timers: Timers;
  readonly pool: BufferPool;
  /** Milliseconds of silence, while something is awaited, after which the peer is asked for a sign of life. */
  readonly quietMs: number;
  readonly address: string;
  /** What the peer is told in `Micro-From-Service`. */
  readonly from: string;
  readonly maxMessageBytes: number;
  /** Called once when it is closed. */
  readonly onClosed: (client: FrameClient) => void;
}

/** Bytes that may wait to be written before further calls are refused as safe to retry. */
const mostBacklog = 33_554_432;

type Open = LaneCall | StreamSocket;

/** The dialling side of a connection that speaks frames: many calls and streams at once. */
export class FrameClient implements TransportClient, Lane, StreamOwner, Watched {
  readonly capacity = maxCalls;
  readonly lane: Lane = this;
  closed = false;
  sent = 0;
  readonly #calls = new CallsTable<Open>();
  readonly #routes = new Map<LaneRoute, number>();
  readonly #streamRoutes = new Map<string, number>();
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  /** What the hello told already. */
  readonly #self: KnownMetadata;
  #ended = false;
  #peerTakesBytes = Number.POSITIVE_INFINITY;
  readonly #life: LifeSigns;

  constructor(
    private readonly connection: Connection,
    private readonly parts: FrameClientParts,
  ) {
    const { timers, pool, from, maxMessageBytes } = parts;
    this.#self = { name: header.fromService, value: from };
    this.#life = new LifeSigns(timers, parts.quietMs, this);
    this.#writer = new FrameWriter(connection, timers, pool);
    this.#reader = new FrameReader(
      maxMessageBytes + payloadOverhead,
      pool,
      (what, call, bytes, start, end) => this.#frame(what, call, bytes, start, end),
      (what, call, bytes) => this.#oversize(what, call, bytes),
    );
    connection.listen({
      data: (bytes) => this.#data(bytes),
      drain: () => void this.#writer.look(),
      end: () => this.#drop(connectionLost(parts.address, "was ended by the peer")),
      close: (cause) => this.#drop(connectionLost(parts.address, "broke", { cause })),
    });
    connection.write(preface);
    writeHello(this.#writer, { maxMessageBytes, from });
  }

  get waiting(): boolean {
    return !this.#ended && this.#calls.size > 0;
  }

  ask(): void {
    this.#writer.frame(kind.ping, 0, pingPayload);
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
    const frames = this.#writer;
    const named = this.#routes.get(route) ?? this.#name(route);
    const room = headRoom + (metadata ? metadataRoom(metadata) : 0) + writer.room(request);
    const start = frames.reserve(room);
    const { buffer } = frames;
    const at = writeCallHead(buffer, start, named, timeoutMs, attempt, metadata, this.#self);
    const end = writer.write(request, buffer, at);
    if (end - at > this.#peerTakesBytes)
      throw messageTooLarge("this caller", end - at, this.#peerTakesBytes);
    const number = this.#calls.add(call);
    frames.commit(kind.call, number, end);
    this.sent++;
    this.#life.watch();
    return number;
  }

  cancel(number: number, call: LaneCall): void {
    if (this.#ended || this.#calls.get(number) !== call) return;
    this.#calls.take(number);
    this.#writer.frame(kind.cancel, number);
    this.#closeIfDone();
  }

  open(): Socket {
    this.#requireRoom();
    const socket = new StreamSocket(this);
    socket.number = this.#calls.add(socket);
    this.sent++;
    this.#life.watch();
    return socket;
  }

  async close(): Promise<void> {
    this.#drop(connectionLost(this.parts.address, "was closed here"));
  }

  /** The first message opens the stream, its body counts for nothing; the next ones are requests. */
  sendMessage(socket: StreamSocket, { headers, body }: Message): void {
    if (this.#ended) return;
    const { number } = socket;
    if (!socket.opened) {
      this.#openStream(number, headers);
      socket.opened = true;
    } else if (headers[header.error] === endOfStream) this.#writer.frame(kind.end, number);
    else this.#writer.frame(kind.data, number, body);
  }

  grant({ number }: StreamSocket, bytes: number): void {
    if (this.#ended || this.#calls.get(number) === undefined) return;
    const at = this.#writer.reserve(4);
    writeU32(this.#writer.buffer, at, bytes);
    this.#writer.commit(kind.credit, number, at + 4);
  }

  released(socket: StreamSocket): void {
    if (this.#calls.take(socket.number) === undefined || this.#ended) return;
    if (socket.opened) this.#writer.frame(kind.cancel, socket.number);
    this.#closeIfDone();
  }

  #requireRoom(): void {
    if (this.closed) throw connectionLost(this.parts.address, "is closed", { safe: true });
    if (this.#calls.full) throw connectionBusy(this.parts.address);
    if (this.#writer.backlog > mostBacklog && this.#writer.look() > mostBacklog)
      throw connectionBusy(this.parts.address);
  }

  /** Names a route to the peer. */
  #name(route: LaneRoute): number {
    const number = this.#nextRoute();
    const { service, endpoint, contentType } = route;
    writeRoute(this.#writer, number, { service, endpoint, contentType, shape: "unary" });
    this.#routes.set(route, number);
    return number;
  }

  #nextRoute(): number {
    const number = this.#routes.size + this.#streamRoutes.size;
    if (number < maxRoutes) return number;
    // Others than ours make so many; the next connection begins anew.
    this.#retire();
    throw connectionLost(this.parts.address, "knows as many routes as it may", { safe: true });
  }

  #openStream(call: number, headers: Metadata): void {
    const route = routeOf(headers);
    const key = JSON.stringify(route);
    let number = this.#streamRoutes.get(key);
    if (number === undefined) {
      number = this.#nextRoute();
      writeRoute(this.#writer, number, route);
      this.#streamRoutes.set(key, number);
    }
    const { timeoutMs, attempt, metadata } = headOf(headers);
    const at = this.#writer.reserve(headRoom + metadataRoom(metadata));
    const { buffer } = this.#writer;
    const end = writeCallHead(buffer, at, number, timeoutMs, attempt, metadata, this.#self);
    this.#writer.commit(kind.call, call, end);
  }

  #data(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#life.heard();
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
    switch (what) {
      case kind.reply: {
        const open = this.#calls.take(call);
        if (open instanceof StreamSocket) throw malformed("a reply to a stream");
        open?.replied(bytes, start, end);
        return;
      }
      case kind.error: {
        const open = this.#calls.take(call);
        const line = bytes.toString("utf8", start, end);
        if (open instanceof StreamSocket) open.push(sign(header.error, line));
        else open?.refused(line);
        return;
      }
      case kind.data: {
        const open = this.#calls.get(call);
        if (open instanceof StreamSocket) open.deliver(bytes, start, end);
        return;
      }
      case kind.end: {
        const open = this.#calls.take(call);
        if (open instanceof StreamSocket) open.push(sign(header.error, endOfStream));
        return;
      }
      case kind.credit: {
        const open = this.#calls.get(call);
        if (end - start !== 4) throw malformed("a credit of the wrong length");
        if (open instanceof StreamSocket) open.allow(readU32(bytes, start));
        return;
      }
      case kind.hello:
        this.#peerTakesBytes = readHello(bytes, start, end).maxMessageBytes;
        return;
      case kind.goAway:
        this.#retire();
        return;
      case kind.ping:
        if (this.#writer.backlog <= mostBacklog)
          this.#writer.frame(kind.pong, 0, bytes.subarray(start, Math.min(end, start + 8)));
        return;
      default: // of a later version
    }
  }

  #oversize(what: number, call: number, bytes: number): void {
    const open = this.#calls.take(call);
    const error = messageTooLarge(this.parts.address, bytes, this.parts.maxMessageBytes);
    if (!open) return;
    this.#writer.frame(kind.cancel, call);
    if (open instanceof StreamSocket) open.gone(error);
    else open.lost(error);
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
    this.parts.onClosed(this);
    this.#life.stop();
    this.#reader.stop();
    this.#writer.close();
    this.connection.destroy();
    for (const open of this.#calls.clear())
      if (open instanceof StreamSocket) open.gone(error);
      else open.lost(error);
  }
}

const pingPayload = Buffer.alloc(4);
