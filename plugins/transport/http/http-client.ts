import type {
  Connection,
  Environment,
  Message,
  RpcError,
  Socket,
  TransportClient,
} from "../../../src/spi.js";
import { ClientSocket, type ClientSocketOwner } from "./client-socket.js";
import { Deadline } from "./deadline.js";
import type { FieldNames } from "./field-names.js";
import { badStatus, channelClosed, clientBusy } from "./http-errors.js";
import { HttpParser, type HttpMessage } from "./http-parser.js";
import type { MessageWriter } from "./message-writer.js";
import { WriteGate } from "./write-gate.js";

/** Messages of a stream that may wait unread before the connection is paused. */
const mostUnread = 32;
/** Milliseconds that a peer gets to take a stream's last message and close. */
const lingerMs = 1_000;
/** Characters of a foreign answer that an error quotes. */
const excerptLength = 200;

/** What an {@link HttpClient} works with. */
export interface HttpClientParts {
  readonly environment: Pick<Environment, "clock" | "timers">;
  readonly address: string;
  readonly names: FieldNames;
  readonly writer: MessageWriter;
  readonly maxHeaderBytes: number;
  readonly maxMessageBytes: number;
  /** A better word for why the connection broke, where there is one. */
  readonly failure?: ((cause: Error) => RpcError | undefined) | undefined;
  /** Called once when the connection can serve no further call. */
  readonly onClosed: (client: HttpClient) => void;
}

/** One connection to a server, with one call at a time. */
export class HttpClient implements TransportClient, ClientSocketOwner {
  readonly capacity = 1;
  closed = false;
  private readonly parser: HttpParser;
  private readonly gate = new WriteGate();
  private readonly startLine: string;
  private current: ClientSocket | undefined;
  private streams = 0;
  private paused = false;
  private ended = false;
  private linger: Deadline | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly parts: HttpClientParts,
  ) {
    const { address, names, maxHeaderBytes, maxMessageBytes } = parts;
    this.startLine = `POST / HTTP/1.1\r\nHost: ${address}\r\n`;
    this.parser = new HttpParser({
      reads: "responses",
      peer: address,
      names,
      maxHeaderBytes,
      maxMessageBytes,
    });
    connection.listen({
      data: (bytes) => this.data(bytes),
      drain: () => this.gate.open(),
      end: () => this.peerEnded(),
      close: (error) => this.lost(error),
    });
  }

  get remoteAddress(): string {
    return this.parts.address;
  }

  open({ stream = false }: { readonly stream?: boolean } = {}): Socket {
    if (this.closed) throw channelClosed(this.remoteAddress, "is closed", { safe: true });
    if (this.current) throw clientBusy(this.remoteAddress);
    this.current = new ClientSocket(this, stream ? String(++this.streams) : undefined);
    return this.current;
  }

  async close(): Promise<void> {
    this.drop(channelClosed(this.remoteAddress, "was closed here"));
  }

  writeRequest(message: Message, stream: string | undefined): Promise<void> {
    const { writer } = this.parts;
    const socket = this.current;
    let fields = writer.fields(message.headers);
    if (stream !== undefined) {
      if (message.headers["micro-stream"] === undefined) fields += `Micro-Stream: ${stream}\r\n`;
      // RFC 9110, section 7.6.1: the stream's id concerns this connection alone.
      fields += "Connection: Micro-Stream\r\n";
    }
    const encoded = writer.encode(this.startLine, fields, message.body);
    if (socket) socket.sent = true;
    const ready = writer.write(this.connection, encoded, message.body);
    // A unary call has no next message to wait for, and its answer may come before the end of it.
    return this.gate.after(ready || stream === undefined);
  }

  taken(): void {
    if (!this.paused || !this.current || this.isFull(this.current)) return;
    this.paused = false;
    this.read();
    if (!this.paused) this.connection.resume();
  }

  released(socket: ClientSocket, abort: boolean): void {
    if (this.current !== socket) return;
    this.current = undefined;
    if (this.ended) return;
    const complete = socket.stream === undefined && (socket.replied || !socket.sent);
    if (abort || (!complete && socket.stream === undefined)) this.drop();
    else if (socket.stream !== undefined && socket.sent) this.finish();
    else if (this.closed) this.drop();
  }

  private data(bytes: Uint8Array): void {
    if (this.linger) return;
    this.parser.push(bytes);
    this.read();
  }

  private peerEnded(): void {
    const socket = this.current;
    let error: RpcError | undefined;
    try {
      const last = this.linger ? undefined : this.parser.end();
      if (last && socket) this.deliver(socket, last);
    } catch (failure) {
      error = channelClosed(this.remoteAddress, "ended in the middle of a message", {
        cause: failure,
      });
    }
    const unanswered = socket !== undefined && socket.stream === undefined && !socket.replied;
    if (unanswered)
      error ??= channelClosed(this.remoteAddress, "was ended by the peer before it answered", {
        safe: !socket.sent,
      });
    this.drop(error);
  }

  private lost(cause: Error | undefined): void {
    this.drop(
      (cause && this.parts.failure?.(cause)) ??
        channelClosed(this.remoteAddress, "broke", { cause, safe: !this.current?.sent }),
    );
  }

  private read(): void {
    try {
      while (!this.paused && !this.ended) {
        const message = this.parser.next();
        if (!message) return;
        const socket = this.current;
        const expected = socket?.sent === true && !socket.replied;
        if (!expected) {
          this.drop(channelClosed(this.remoteAddress, "brought an answer to no question"));
          return;
        }
        this.deliver(socket, message);
      }
    } catch (error) {
      this.drop(error as RpcError);
    }
  }

  private deliver(socket: ClientSocket, message: HttpMessage): void {
    if (message.close) this.retire();
    if (socket.stream === undefined) socket.replied = true;
    if (message.status !== 200 && message.headers["micro-error"] === undefined) {
      const excerpt = Buffer.from(message.body).toString("utf8").slice(0, excerptLength);
      this.drop(badStatus(this.remoteAddress, message.status, excerpt));
      return;
    }
    socket.inbox.add(message);
    if (message.close && socket.stream === undefined) {
      this.drop();
    } else if (this.isFull(socket)) {
      this.paused = true;
      this.connection.pause();
    }
  }

  private isFull({ inbox }: ClientSocket): boolean {
    return inbox.size > mostUnread || inbox.bytes > this.parts.maxMessageBytes;
  }

  /** Takes no further call. */
  private retire(): void {
    if (this.closed) return;
    this.closed = true;
    this.parts.onClosed(this);
  }

  /** Lets the peer have what was written, then closes. */
  private finish(): void {
    this.retire();
    this.linger = new Deadline(this.parts.environment, () => this.drop());
    this.linger.set(lingerMs);
    if (this.paused) this.connection.resume();
    this.connection.end();
  }

  /** Ends everything at once. Without an error the open channel ends in good order. */
  private drop(error?: RpcError): void {
    if (this.ended) return;
    this.ended = true;
    this.retire();
    this.linger?.dispose();
    this.connection.destroy();
    this.gate.fail(error ?? channelClosed(this.remoteAddress, "is closed"));
    this.current?.gone(error);
  }
}
