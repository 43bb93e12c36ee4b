import type { Connection, Timer, Timers } from "../base/environment.js";
import { RpcError } from "../base/error.js";
import { newMetadata, type Metadata } from "../base/metadata.js";
import { endOfStream, header, readTimeoutMs } from "../call/headers.js";
import type { Lane, LaneCall, LaneRoute } from "../transport/lane.js";
import type { Message, Socket, TransportClient } from "../transport/transport.js";
import type { BufferPool } from "./buffer-pool.js";
import { CallsTable } from "./calls-table.js";
import { connectionBusy, connectionLost, messageTooLarge } from "./frame-errors.js";
import { FrameReader } from "./frame-reader.js";
import { FrameWriter } from "./frame-writer.js";
import { readHello, writeHello } from "./hello.js";
import { metadataRoom, writeMetadata } from "./metadata-block.js";
import {
  callFlag,
  kind,
  malformed,
  maxCalls,
  maxRoutes,
  payloadOverhead,
  preface,
  readU32,
  writeU16,
  writeU32,
} from "./protocol.js";
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
  /** Called once when it can serve no further call. */
  readonly onClosed: (client: FrameClient) => void;
}

/** Bytes that may wait to be written before further calls are refused as safe to retry. */
const mostBacklog = 33_554_432;

type Open = LaneCall | StreamSocket;

/** The dialling side of a connection that speaks frames: many calls and streams at once. */
export class FrameClient implements TransportClient, Lane, StreamOwner {
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
  readonly #self: { readonly name: string; readonly value: string };
  #ended = false;
  #peerTakesBytes: number;
  /** Looks since something was heard. */
  #quietLooks = 0;
  #look: Timer | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly parts: FrameClientParts,
  ) {
    const { timers, pool, from, maxMessageBytes } = parts;
    this.#self = { name: header.fromService, value: from };
    this.#peerTakesBytes = Number.POSITIVE_INFINITY;
    this.#writer = new FrameWriter(connection, timers, pool);
    this.#reader = new FrameReader(
      maxMessageBytes + payloadOverhead,
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
    const room = 13 + (metadata ? metadataRoom(metadata) + 2 : 0) + writer.room(request);
    let at = frames.reserve(room);
    const { buffer } = frames;
    writeU16(buffer, at, named);
    const flagsAt = at + 2;
    let flags = 0;
    at += 3;
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      flags = callFlag.timeout;
      writeU32(buffer, at, wireMs(timeoutMs));
      at += 4;
    }
    if (attempt > 1) {
      flags |= callFlag.attempt;
      buffer[at++] = Math.min(attempt, 255);
    }
    if (metadata) {
      flags |= callFlag.metadata;
      at = writeBlock(metadata, buffer, at, this.#self);
    }
    buffer[flagsAt] = flags;
    const end = writer.write(request, buffer, at);
    if (end - at > this.#peerTakesBytes)
      throw messageTooLarge("this caller", end - at, this.#peerTakesBytes);
    const number = this.#calls.add(call);
    frames.commit(kind.call, number, end);
    this.sent++;
    if (!this.#look) this.#watch();
    return number;
  }

  cancel(number: number, call: LaneCall): void {
    if (this.#ended || this.#calls.get(number) !== call) return;
    this.#calls.take(number);
    this.#writer.frame(kind.cancel, number);
  }

  open(): Socket {
    this.#requireRoom();
    const socket = new StreamSocket(this);
    socket.number = this.#calls.add(socket);
    this.sent++;
    if (!this.#look) this.#watch();
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
    if (this.#calls.take(socket.number) === undefined || this.#ended || !socket.opened) return;
    this.#writer.frame(kind.cancel, socket.number);
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
    writeRoute(this.#writer, number, route, "unary");
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
    const route: LaneRoute = {
      service: headers[header.service] ?? "",
      endpoint: headers[header.endpoint] ?? "",
      contentType: headers[header.contentType] ?? "",
    };
    const shape = headers[header.shape] ?? "bidi-stream";
    const key = JSON.stringify([route, shape]);
    let number = this.#streamRoutes.get(key);
    if (number === undefined) {
      number = this.#nextRoute();
      writeRoute(this.#writer, number, route, shape);
      this.#streamRoutes.set(key, number);
    }
    const metadata = userMetadata(headers, this.parts.from);
    const timeoutMs = readTimeoutMs(headers[header.timeout]);
    const attempt = Number(headers[header.attempt] ?? 1);
    let at = this.#writer.reserve(16 + metadataRoom(metadata));
    const { buffer } = this.#writer;
    writeU16(buffer, at, number);
    buffer[at + 2] =
      callFlag.metadata |
      (timeoutMs === undefined ? 0 : callFlag.timeout) |
      (attempt > 1 ? callFlag.attempt : 0);
    at += 3;
    if (timeoutMs !== undefined) {
      writeU32(buffer, at, wireMs(timeoutMs));
      at += 4;
    }
    if (attempt > 1) buffer[at++] = Math.min(attempt, 255);
    this.#writer.commit(kind.call, call, writeBlock(metadata, buffer, at));
  }

  /** Finds out about a peer that is gone without a word, while something is awaited of it. */
  #watch(): void {
    const { timers, quietMs, address } = this.parts;
    this.#look = timers.after(
      quietMs,
      () => {
        this.#look = undefined;
        if (this.#ended || this.#calls.size === 0) return;
        this.#quietLooks++;
        if (this.#quietLooks > 2) {
          this.#drop(connectionLost(address, `was given up: nothing was heard for ${3 * quietMs} ms`));
          return;
        }
        if (this.#quietLooks > 1) this.#writer.frame(kind.ping, 0, pingPayload);
        this.#watch();
      },
      { background: true },
    );
  }

  #data(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#quietLooks = 0;
    try {
      this.#reader.push(bytes);
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
        this.#writer.frame(kind.pong, 0, bytes.subarray(start, end));
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
    if (this.closed) return;
    this.closed = true;
    this.parts.onClosed(this);
  }

  #drop(error: RpcError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#retire();
    this.#look?.cancel();
    this.#reader.stop();
    this.#writer.close();
    this.connection.destroy();
    for (const open of this.#calls.clear())
      if (open instanceof StreamSocket) open.gone(error);
      else open.lost(error);
  }
}

const pingPayload = Buffer.alloc(4);

/** Milliseconds in 32 bits, at least one, since the peer takes 0 for over. */
const wireMs = (ms: number): number => Math.min(0xffff_ffff, Math.max(1, Math.ceil(ms)));

/** A block of metadata behind its length. */
function writeBlock(
  metadata: Metadata,
  buffer: Buffer,
  at: number,
  known?: { readonly name: string; readonly value: string },
): number {
  const end = writeMetadata(metadata, buffer, at + 2, known);
  if (end - at - 2 > 65_535) throw malformed(`${end - at} bytes of metadata`);
  writeU16(buffer, at, end - at - 2);
  return end;
}

function writeRoute(
  writer: FrameWriter,
  number: number,
  { service, endpoint, contentType }: LaneRoute,
  shape: string,
): void {
  const texts = [service, endpoint, contentType, shape].map((text) => Buffer.from(text));
  if (texts.some(({ length }) => length > longestName))
    throw malformed(`a service's or endpoint's name is over ${longestName} bytes`);
  let at = writer.reserve(2 + texts.reduce((sum, text) => sum + 2 + text.length, 0));
  const { buffer } = writer;
  writeU16(buffer, at, number);
  at += 2;
  for (const text of texts) {
    writeU16(buffer, at, text.length);
    text.copy(buffer, at + 2);
    at += 2 + text.length;
  }
  writer.commit(kind.route, 0, at);
}

/** Bytes of the longest name in a route. */
const longestName = 4_096;

/** The names that neither the route nor the call's own fields tell. */
function userMetadata(headers: Metadata, from: string): Metadata {
  const metadata = newMetadata();
  for (const name in headers)
    if (!told.has(name) && !(name === header.fromService && headers[name] === from))
      metadata[name] = headers[name]!;
  return metadata;
}

const told: ReadonlySet<string> = new Set([
  header.contentType,
  header.accept,
  header.service,
  header.endpoint,
  header.method,
  header.id,
  header.stream,
  header.shape,
  header.timeout,
  header.attempt,
  header.error,
]);
