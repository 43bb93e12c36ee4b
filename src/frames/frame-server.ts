import type { Connection } from "../base/environment.js";
import type { RpcError } from "../base/error.js";
import type { Metadata } from "../base/metadata.js";
import type { PeerCertificate } from "../base/peer.js";
import { encodeError } from "../call/error-wire.js";
import { endOfStream, header, isIncoming } from "../call/headers.js";
import type { BodyWriter } from "../codec/codec.js";
import type { LaneReplies, LaneServing } from "../transport/lane.js";
import type { Message } from "../transport/transport.js";
import { CallFrame } from "./call-frame.js";
import { PeerCalls } from "./calls-table.js";
import { connectionLost, leftUnanswered, messageTooLarge } from "./frame-errors.js";
import type { FrameServerParts } from "./frame-server-parts.js";
import { FrameReader } from "./frame-reader.js";
import { FrameStream, type StreamConnection } from "./frame-stream.js";
import { FrameWriter } from "./frame-writer.js";
import { layMetadata } from "./lay-metadata.js";
import { MetadataReader } from "./metadata-block.js";
import { readHello, writeHello } from "./hello.js";
import { PeerProgress } from "./peer-progress.js";
import { PeerRoutes, type Named } from "./peer-routes.js";
import { kind, malformed, payloadOverhead, readU32 } from "./protocol.js";
import { refusalOf } from "./refuse-call.js";
import { headersOf } from "./stream-headers.js";
import { StreamSocket, type SocketOwner } from "./stream-socket.js";
import { WaitingCalls } from "./waiting-calls.js";

/** Bytes of answers that may wait for a peer; beyond, further calls are refused as safe to retry. */
const mostBacklog = 33_554_432;
/** Bytes of answers, refusals too, beyond which nothing more is read from the peer. */
const mostUnread = 2 * mostBacklog;

/** The accepting side of a connection that speaks frames. */
export class FrameServer implements LaneReplies, StreamConnection, SocketOwner {
  from = "";
  readonly speaker = "this service";
  readonly frames: FrameWriter;
  peerTakesBytes = Number.POSITIVE_INFINITY;
  readonly metadata = new MetadataReader(isIncoming);
  readonly #calls = new PeerCalls<LaneServing | FrameStream>();
  readonly #routes: PeerRoutes;
  /** Calls of a later turn of the event loop. */
  readonly #waiting: WaitingCalls;
  readonly #reader: FrameReader;
  #retiring = false;
  #ended = false;
  readonly #progress = new PeerProgress();
  #paused = false;
  /** Called when the peer has heard that it should go elsewhere; undefined from then on. */
  #heard: (() => void) | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly parts: FrameServerParts,
  ) {
    const { timers, pool, maxMessageBytes } = parts;
    this.frames = new FrameWriter(connection, timers, pool);
    this.#routes = new PeerRoutes(parts);
    this.#waiting = new WaitingCalls(timers, () => this.drained());
    this.#reader = new FrameReader(
      maxMessageBytes + parts.maxHeaderBytes + payloadOverhead,
      pool,
      (what, call, bytes, start, end) => this.#frame(what, call, bytes, start, end),
      (what, call, bytes) => this.#oversize(what, call, bytes),
    );
    writeHello(this.frames, { maxMessageBytes, from: "" });
  }

  get remoteAddress(): string {
    return this.connection.remoteAddress;
  }

  get certificate(): PeerCertificate | undefined {
    return this.connection.certificate;
  }

  /** Calls and streams that are open. */
  get open(): number {
    return this.#calls.size;
  }

  reply(call: number, writer: BodyWriter, value: unknown): void {
    if (this.#ended || this.#calls.get(call) === undefined) return;
    const frames = this.frames;
    const at = frames.reserve(writer.room(value));
    const end = writer.write(value, frames.buffer, at);
    if (end - at > this.peerTakesBytes) {
      this.fail(call, encodeError(messageTooLarge(this.speaker, end - at, this.peerTakesBytes)));
      return;
    }
    this.#calls.take(call);
    frames.commit(kind.reply, call, end);
    this.#waiting.made(end - at);
    this.#closeIfDone();
  }

  fail(call: number, line: string): void {
    if (this.#ended || this.#take(call) === undefined) return;
    this.frames.frame(kind.error, call, Buffer.from(line));
    this.#closeIfDone();
  }

  headers(call: number, metadata: Metadata): void {
    this.#tell(kind.headers, call, metadata);
  }

  trailers(call: number, metadata: Metadata): void {
    this.#tell(kind.trailers, call, metadata);
  }

  #tell(what: number, call: number, metadata: Metadata): void {
    if (this.#ended || this.#calls.get(call) === undefined) return;
    const bounds = { speaker: this.speaker, most: this.parts.maxHeaderBytes };
    layMetadata(this.frames, what, call, metadata, bounds);
  }

  sendMessage({ stream }: StreamSocket, { headers, body }: Message): void {
    const error = headers[header.error];
    if (error === undefined) stream.sendBytes(body);
    else if (error === endOfStream) stream.end();
    else this.fail(stream.number, error);
  }

  released({ stream }: StreamSocket): void {
    stream.leave();
  }

  end(number: number): void {
    if (this.#ended || this.#take(number) === undefined) return;
    this.frames.frame(kind.end, number);
    this.#closeIfDone();
  }

  leave(number: number): void {
    // It was left without a word: the caller must not wait for one.
    this.fail(number, encodeError(leftUnanswered()));
  }

  #take(number: number): LaneServing | FrameStream | undefined {
    const open = this.#calls.take(number);
    if (open instanceof FrameStream) open.over = true;
    return open;
  }

  /** Takes bytes in. */
  data(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#progress.heard();
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.#breach(error);
    }
    if (this.#ended || this.#paused || (this.frames.backlog <= mostUnread && !this.#waiting.some))
      return;
    this.#paused = true;
    this.connection.pause();
  }

  #breach(error: unknown): void {
    this.parts.logger.warn("a connection is given up: its peer breaks the protocol", {
      peer: this.remoteAddress,
      error: (error as Error).message,
    });
    this.destroy();
  }

  /** The connection can take more. */
  drained(): void {
    if (this.frames.look() > mostBacklog || !this.#paused || this.#waiting.some) return;
    this.#paused = false;
    this.connection.resume();
  }

  /**
   * Tells the peer to go elsewhere; closes when it has heard that, so that no call of it is under
   * way, and none is open. Resolves when it has heard it, or is gone.
   */
  retire(): Promise<void> {
    if (this.#ended || this.#retiring) return Promise.resolve();
    this.#retiring = true;
    this.frames.frame(kind.goAway, 0);
    this.frames.frame(kind.ping, 0, farewell);
    return new Promise((resolve) => (this.#heard = resolve));
  }

  /**
   * Called now and then, at equal times. False when the peer has said nothing for `looks` of them
   * and should not stay: it has no call, takes no answers, or does not finish what it began.
   */
  look(idleLooks: number, stuckLooks: number): boolean {
    const backlog = this.frames.look();
    const { waiting, pieced } = this.#reader;
    const stuck = this.#progress.look(backlog, this.frames.written - backlog, waiting, pieced);
    // A peer that lives answers this, and is heard again.
    if (this.#calls.size > 0 && !stuck) this.frames.frame(kind.ping, 0, pingPayload);
    return this.#progress.within(idleLooks, stuckLooks);
  }

  /** Closes at once. */
  destroy(): void {
    this.connection.destroy();
    this.gone();
  }

  /** The peer will send nothing more, and so waits for no answer. */
  peerEnded(): void {
    this.destroy();
  }

  /** The connection is gone. */
  gone(cause?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reader.stop();
    this.frames.close();
    this.#heard?.();
    const error = connectionLost(this.remoteAddress, "broke", { cause });
    for (const open of this.#calls.clear())
      if (open instanceof FrameStream) open.lost(error);
      else open.gone();
    this.parts.onClosed();
  }

  #frame(what: number, call: number, bytes: Buffer, start: number, end: number): void {
    switch (what) {
      case kind.call:
        this.#call(call, bytes, start, end);
        return;
      case kind.cancel: {
        const open = this.#calls.take(call);
        if (open instanceof FrameStream)
          open.lost(connectionLost(this.remoteAddress, "gave the stream up"));
        else open?.gone();
        this.#closeIfDone();
        return;
      }
      case kind.data: {
        const open = this.#calls.get(call);
        if (!(open instanceof FrameStream)) return;
        if (end - start > this.parts.maxMessageBytes) this.#oversize(what, call, end - start);
        else open.data(bytes, start, end);
        return;
      }
      case kind.end: {
        const open = this.#calls.get(call);
        if (open instanceof FrameStream) open.finish();
        return;
      }
      case kind.credit: {
        const open = this.#calls.get(call);
        if (end - start !== 4) throw malformed("a credit of the wrong length");
        if (open instanceof FrameStream) open.allow(readU32(bytes, start));
        return;
      }
      case kind.route:
        this.#routes.add(bytes, start, end);
        return;
      case kind.hello: {
        const hello = readHello(bytes, start, end);
        this.from = hello.from;
        this.peerTakesBytes = hello.maxMessageBytes;
        return;
      }
      case kind.ping:
        this.frames.frame(kind.pong, 0, bytes.subarray(start, Math.min(end, start + 8)));
        return;
      case kind.pong:
        if (bytes[start] !== farewell[0] || start === end) return;
        this.#heard?.();
        this.#heard = undefined;
        this.#closeIfDone();
        return;
      default: // of a later version
    }
  }

  #call(call: number, bytes: Buffer, start: number, end: number): void {
    const frame = new CallFrame(this, call, bytes, start, end);
    if (this.#reader.lent) frame.keepMetadata();
    const named = this.#routes.get(frame.route);
    if (!this.#calls.set(call, opening)) throw malformed("a call's number is taken");
    // What belongs to a stream may lie right behind the call that opens it.
    if (!this.#waiting.full || this.#reader.lent || !named.target) this.#serve(frame, named);
    else this.#waiting.add(() => this.#serveLate(frame, named));
  }

  #serveLate(frame: CallFrame, named: Named): void {
    if (this.#calls.get(frame.number) !== opening) return; // it or its connection was given up
    try {
      this.#serve(frame, named);
    } catch (error) {
      this.#breach(error);
    }
  }

  #serve(frame: CallFrame, named: Named): void {
    const call = frame.number;
    const refusal = refusalOf(frame, this.parts, this.frames.backlog > mostBacklog);
    if (refusal) this.#refuse(call, refusal);
    else if (named.target) {
      const serving = named.target.serve(frame);
      if (!serving.done) this.#calls.replace(call, serving);
    } else {
      this.#open(frame, named);
    }
  }

  #open(frame: CallFrame, { route, streams }: Named): void {
    const stream = new FrameStream(this);
    stream.number = frame.number;
    this.#calls.replace(frame.number, stream);
    if (streams) {
      stream.user = streams.open(frame, stream);
      return;
    }
    const socket = new StreamSocket(this, stream);
    stream.user = socket;
    socket.push({ headers: headersOf(frame, route), body: new Uint8Array(0) });
    this.parts.accept(socket);
  }

  #refuse(call: number, error: RpcError): void {
    this.fail(call, encodeError(error));
  }

  #oversize(what: number, call: number, bytes: number): void {
    const error = messageTooLarge(this.remoteAddress, bytes, this.parts.maxMessageBytes);
    if (what === kind.call && this.#calls.set(call, opening)) this.#refuse(call, error);
    const open = what === kind.data ? this.#calls.get(call) : undefined;
    if (!(open instanceof FrameStream)) return;
    this.#refuse(call, error);
    open.user.lost(error);
  }

  #closeIfDone(): void {
    if (!this.#retiring || this.#heard || this.#calls.size > 0 || this.#ended) return;
    this.frames.flush();
    this.connection.end();
  }
}

/** Stands in a call's place until it is known who serves it. */
const opening: LaneServing = { done: false, gone: () => undefined };
const pingPayload = Buffer.alloc(4);
/** What the ping after a go away says. */
const farewell = Buffer.of(1);
