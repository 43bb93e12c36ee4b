import type {
  Connection,
  Environment,
  Message,
  PeerCertificate,
  RpcError,
  Socket,
} from "../../../src/spi.js";
import { Deadline } from "./deadline.js";
import type { FieldNames } from "./field-names.js";
import { channelClosed, messageTimeout } from "./http-errors.js";
import { HttpParser, type HttpMessage } from "./http-parser.js";
import type { MessageWriter } from "./message-writer.js";
import { refusal } from "./refusal.js";
import { ServerSocket, type ServerSocketOwner } from "./server-socket.js";
import { WriteGate } from "./write-gate.js";

/** Calls and unread messages that a connection may have before it is paused. */
const mostPending = 32;
/** Milliseconds that a peer gets to take the last answer and close. */
const lingerMs = 1_000;
/** Milliseconds at a drain in which a request that is on its way to an idle connection is still answered. */
const crossingMs = 250;
const statusLine = "HTTP/1.1 200 OK\r\n";
const closeLine = "Connection: close\r\n";
const keepLine = "Connection: keep-alive\r\n";
const goOn = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n", "latin1");

/** What a {@link ServerConnection} works with. */
export interface ServerConnectionParts {
  readonly environment: Pick<Environment, "clock" | "timers">;
  readonly names: FieldNames;
  readonly writer: MessageWriter;
  readonly maxHeaderBytes: number;
  readonly maxMessageBytes: number;
  readonly messageTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly handler: (socket: Socket) => void;
  /** Called once when the connection is gone. */
  readonly onClosed: (connection: ServerConnection) => void;
}

/** A connection that speaks HTTP: requests become channels, and answers leave in order. */
export class ServerConnection implements ServerSocketOwner {
  private readonly parser: HttpParser;
  private readonly gate = new WriteGate();
  private readonly deadline: Deadline;
  /** Unary calls without a written answer, oldest first. */
  private readonly calls: ServerSocket[] = [];
  private readonly streams = new Map<string, ServerSocket>();
  private refused: RpcError | undefined;
  private paused = false;
  private reading = false;
  private inMessage = false;
  /** Closes when nothing is open any more. */
  private retiring = false;
  /** Nothing that still comes is looked at. */
  private noMore = false;
  private lingering = false;
  private ended = false;
  /** Tells who drains that nothing is waited for any more. */
  private retired: (() => void) | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly parts: ServerConnectionParts,
  ) {
    const { names, maxHeaderBytes, maxMessageBytes, environment, idleTimeoutMs } = parts;
    const peer = connection.remoteAddress;
    this.parser = new HttpParser({
      reads: "requests",
      peer,
      names,
      maxHeaderBytes,
      maxMessageBytes,
    });
    this.deadline = new Deadline(environment, () => this.expired());
    this.deadline.set(idleTimeoutMs);
  }

  get remoteAddress(): string {
    return this.connection.remoteAddress;
  }

  get certificate(): PeerCertificate | undefined {
    return this.connection.certificate;
  }

  /**
   * Takes the request that has begun, if any, and closes when no call is open. HTTP/1.1 knows no other word
   * for that than the close itself, and a request that crosses it may have been begun for all that its
   * caller knows. So an idle connection stays for a moment, and answers what comes with its last answer.
   * Resolves when it is closed; at once for one with calls in hand.
   */
  retire(): Promise<void> | undefined {
    this.retiring = true;
    if (!this.isIdle) {
      this.closeIfDone();
      return undefined;
    }
    this.deadline.set(crossingMs);
    return new Promise((resolve) => (this.retired = resolve));
  }

  private get isIdle(): boolean {
    if (this.ended || this.lingering || this.refused || this.noMore) return false;
    return this.calls.length === 0 && this.streams.size === 0 && !this.parser.partial;
  }

  /** Closes at once. */
  destroy(): void {
    this.connection.destroy();
    this.gone(undefined);
  }

  writeResponse(socket: ServerSocket, { headers, body }: Message): Promise<void> {
    const { writer } = this.parts;
    const fields = writer.fields(headers);
    if (headers["micro-error"] !== undefined) socket.failed = true;
    socket.sent++;
    if (socket.stream !== undefined)
      return this.gate.after(
        writer.write(this.connection, writer.encode(statusLine, fields, body), body),
      );
    const isLast = this.retiring && this.calls.length === 1 && this.streams.size === 0;
    if (isLast) this.noMore = true;
    const line = isLast ? closeLine : socket.connectionLine;
    socket.response = { encoded: writer.encode(statusLine, line + fields, body), body };
    this.flush();
    return this.gate.after(true);
  }

  taken(): void {
    this.resume();
  }

  released(socket: ServerSocket, abort: boolean): void {
    if (this.ended) return;
    const { stream } = socket;
    if (abort) {
      this.destroy();
    } else if (stream === undefined) {
      // Without its answer the order of the others could not be told.
      if (socket.sent === 0) this.destroy();
    } else {
      this.streams.delete(stream);
      // More messages of this stream may be under way, and would look like a new one.
      const plain = socket.received === 1 && socket.sent === 1 && !socket.failed;
      if (!plain || socket.ownsConnection) {
        this.retiring = true;
        this.noMore ||= this.streams.size === 0;
      }
      this.afterCall();
    }
  }

  /** Lets go of the connection, which turned out to speak something else. */
  leave(): void {
    this.ended = true;
    this.deadline.dispose();
    this.retired?.();
  }

  /** Takes bytes in. */
  data(bytes: Uint8Array): void {
    if (this.lingering || this.refused || this.noMore) return;
    this.parser.push(bytes);
    this.read();
  }

  /** The connection can take more. */
  drained(): void {
    this.gate.open();
    this.resume();
  }

  private resume(): void {
    if (!this.paused || this.ended || this.isFull()) return;
    this.paused = false;
    this.read();
    if (!this.paused) this.connection.resume();
  }

  private isFull(): boolean {
    let pending = this.calls.length;
    let bytes = 0;
    for (const { inbox } of this.streams.values()) {
      pending += inbox.size;
      bytes += inbox.bytes;
    }
    return pending > mostPending || bytes > this.parts.maxMessageBytes || this.gate.shut;
  }

  private read(): void {
    if (this.reading) return;
    this.reading = true;
    while (this.reading && !this.ended && !this.lingering) {
      if (this.isFull()) {
        this.paused = true;
        this.connection.pause();
        break;
      }
      const message = this.nextMessage();
      if (!message) break;
      this.dispatch(message);
    }
    this.reading = false;
    this.watch();
  }

  private nextMessage(): HttpMessage | undefined {
    if (this.refused || this.noMore) return undefined;
    try {
      const message = this.parser.next();
      if (!message && this.parser.takeContinue() && this.calls.length === 0)
        this.connection.write(goOn);
      return message;
    } catch (error) {
      this.refuse(error as RpcError);
      return undefined;
    }
  }

  private dispatch(message: HttpMessage): void {
    this.inMessage = false;
    const id = message.headers["micro-stream"];
    const live = id === undefined ? undefined : this.streams.get(id);
    if (live) {
      live.feed(message);
      return;
    }
    // The end of a stream that is over here already is no new call.
    if (id !== undefined && message.headers["micro-error"] === "EOS") return;
    if (message.close) this.retiring = true;
    const line = message.close ? closeLine : message.old ? keepLine : "";
    const socket = new ServerSocket(this, id, line, message.ownsConnection);
    socket.feed(message);
    if (id === undefined) {
      this.calls.push(socket);
      if (message.close) this.noMore = true;
    } else {
      this.streams.set(id, socket);
    }
    this.parts.handler(socket);
  }

  /** Writes the answers whose turn it is. */
  private flush(): void {
    const { calls } = this;
    const { writer } = this.parts;
    let first = calls[0];
    while (first?.response) {
      const { encoded, body } = first.response;
      first.response = undefined;
      calls.shift();
      void this.gate.after(writer.write(this.connection, encoded, body));
      first = calls[0];
    }
    this.afterCall();
  }

  private afterCall(): void {
    if (this.refused && this.calls.length === 0) this.writeRefusal(this.refused);
    else this.closeIfDone();
    if (this.paused) this.resume();
    else this.watch();
  }

  private refuse(error: RpcError): void {
    this.refused = error;
    for (const socket of this.streams.values()) socket.gone(error);
    this.streams.clear();
    if (this.calls.length === 0) this.writeRefusal(error);
  }

  private writeRefusal(error: RpcError): void {
    if (this.lingering || this.ended) return;
    this.connection.write(refusal(error));
    this.finish();
  }

  private closeIfDone(): void {
    if (!this.retiring || this.lingering || this.ended || this.refused) return;
    const done = this.noMore || !this.parser.partial;
    if (done && this.calls.length === 0 && this.streams.size === 0) this.finish();
  }

  /** Sends what is queued, then closes; what comes meanwhile is thrown away. */
  private finish(): void {
    this.lingering = true;
    this.retired?.();
    this.deadline.set(lingerMs);
    this.connection.end();
    this.connection.resume();
  }

  /** Sets the time limit that fits: for a message that has begun, or for doing nothing. */
  private watch(): void {
    if (this.ended || this.lingering) return;
    const { messageTimeoutMs, idleTimeoutMs } = this.parts;
    if (this.paused || this.refused) {
      this.inMessage = false;
      this.deadline.clear();
    } else if (this.parser.partial && !this.noMore) {
      if (!this.inMessage) this.deadline.set(messageTimeoutMs);
      this.inMessage = true;
    } else if (this.calls.length === 0 && this.streams.size === 0) {
      this.inMessage = false;
      this.deadline.set(idleTimeoutMs);
    } else {
      this.inMessage = false;
      this.deadline.clear();
    }
  }

  private expired(): void {
    if (this.inMessage && !this.lingering)
      this.refuse(messageTimeout(this.remoteAddress, this.parts.messageTimeoutMs));
    else if (this.retiring && this.isIdle) this.finish();
    else this.destroy();
  }

  /** The peer will send nothing more. */
  peerEnded(): void {
    this.connection.end();
    this.notify(undefined);
    if (!this.lingering) this.deadline.set(lingerMs);
    this.lingering = true;
  }

  /** The connection is gone. */
  gone(error: Error | undefined): void {
    if (this.ended) return;
    this.ended = true;
    this.deadline.dispose();
    this.retired?.();
    this.parts.onClosed(this);
    this.notify(error && channelClosed(this.remoteAddress, "broke", { cause: error }));
  }

  /** Tells every open channel that the peer is gone. */
  private notify(error: RpcError | undefined): void {
    this.gate.fail(error ?? channelClosed(this.remoteAddress, "was ended by the peer"));
    const open = [...this.calls, ...this.streams.values()];
    this.calls.length = 0;
    this.streams.clear();
    for (const socket of open) socket.gone(error);
  }
}
