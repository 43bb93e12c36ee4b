import {
  Unavailable,
  type Connection,
  type Message,
  type Socket,
  type TransportClient,
} from "../../../src/spi.js";
import { channelClosed, Drain } from "./drain.js";
import type { HttpHead } from "./http-head.js";
import type { NameTable } from "./http-names.js";
import { HttpReader, type ReaderLimits } from "./http-reader.js";
import { headerLines, pieces } from "./http-write.js";
import { MessageQueue } from "./message-queue.js";

/** Answers that may wait for a slow reader before reading stops. */
const maxQueued = 32;

/** The dialling end of a connection: one call at a time, its requests as POSTs, its replies as responses. */
export class ClientConnection implements TransportClient {
  readonly capacity = 1;
  readonly #reader: HttpReader;
  readonly #drain = new Drain();
  readonly #requestHead: string;
  #call: ClientCall | undefined;
  #closed = false;
  #mayWrite = true;
  #paused = false;

  constructor(
    readonly address: string,
    private readonly connection: Connection,
    private readonly names: NameTable,
    limits: ReaderLimits,
    private readonly onClose: (client: ClientConnection) => void,
  ) {
    this.#requestHead = `POST / HTTP/1.1\r\nHost: ${address}\r\n`;
    this.#reader = new HttpReader("response", limits, {
      message: (head, body) => this.#message(head, body),
      expectsContinue: () => undefined,
    });
    connection.listen({
      data: (bytes) => this.#data(bytes),
      drain: () => {
        this.#mayWrite = true;
        this.#drain.open();
      },
      end: () => this.#end(),
      close: (error) => this.#gone(error && channelClosed(address, `connection lost: ${error.message}`)),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  open({ stream = false }: { readonly stream?: boolean } = {}): Socket {
    if (this.#closed) throw channelClosed(this.address, "the connection is closed", true);
    if (this.#call) throw channelClosed(this.address, "the connection is busy with another call", true);
    this.#call = new ClientCall(this, stream);
    return this.#call;
  }

  close(): Promise<void> {
    this.#gone(channelClosed(this.address, "closed here"));
    this.connection.destroy();
    return Promise.resolve();
  }

  /** Writes a request. Nothing has been written when this throws. */
  async send(message: Message): Promise<void> {
    if (this.#closed) throw channelClosed(this.address, "the connection is closed", !this.#call?.sent);
    const length = `Content-Length: ${message.body.byteLength}\r\n\r\n`;
    const head = this.#requestHead + headerLines(message, this.names) + length;
    for (const piece of pieces(head, message.body)) this.#mayWrite = this.connection.write(piece) && this.#mayWrite;
    if (!this.#mayWrite) await this.#drain.wait();
  }

  /** The reader has taken a message: reading may go on. */
  taken(queued: number): void {
    if (!this.#paused || queued > maxQueued / 2) return;
    this.#paused = false;
    this.connection.resume();
  }

  /** The call has ended here; unless it was complete, so has the connection. */
  released(call: ClientCall, reusable: boolean): void {
    if (this.#call !== call) return;
    this.#call = undefined;
    if (!reusable) void this.close();
    else this.taken(0);
  }

  #data(bytes: Uint8Array): void {
    try {
      this.#reader.feed(bytes);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #message({ status, reason, headers, close }: HttpHead, body: Uint8Array): void {
    const call = this.#call;
    if (!call) return this.#fail(channelClosed(this.address, "an answer that nobody asked for"));
    if (status !== 200 && headers["micro-error"] === undefined) {
      const excerpt = Buffer.from(body.subarray(0, 200)).toString("utf8").trim();
      return this.#fail(
        new Unavailable(`${this.address} answered ${status}: ${excerpt || reason}`, {
          id: "plugboard.transport.http",
          reason: "transport.bad-status",
        }),
      );
    }
    if (close) {
      this.#closed = true;
      this.onClose(this);
    }
    call.push({ headers, body });
    if (call.queued > maxQueued && !this.#paused) {
      this.#paused = true;
      this.connection.pause();
    }
  }

  #end(): void {
    try {
      this.#reader.end();
      this.#gone(undefined);
    } catch (error) {
      this.#gone(error as Error);
    }
    this.connection.destroy();
  }

  #fail(error: Error): void {
    this.#gone(error);
    this.connection.destroy();
  }

  /** The connection is over, in good order when there is no error. */
  #gone(error: Error | undefined): void {
    const first = !this.#closed;
    this.#closed = true;
    this.#drain.fail(error ?? channelClosed(this.address, "the peer closed the connection"));
    this.#call?.peerGone(error);
    if (first) this.onClose(this);
  }
}

/** The channel of one call on a connection. */
class ClientCall implements Socket {
  readonly #replies = new MessageQueue();
  #onPeerClose: (() => void) | undefined;
  #closed = false;
  #answered = false;
  sent = false;

  constructor(
    private readonly client: ClientConnection,
    private readonly stream: boolean,
  ) {}

  get remoteAddress(): string {
    return this.client.address;
  }

  get queued(): number {
    return this.#replies.length;
  }

  async send(message: Message): Promise<void> {
    if (this.#closed) throw channelClosed(this.remoteAddress, "this call was closed");
    const sending = this.client.send(message);
    this.sent = true;
    await sending;
  }

  async recv(): Promise<Message | undefined> {
    const message = await this.#replies.take();
    this.client.taken(this.#replies.length);
    return message;
  }

  onPeerClose(listener: () => void): void {
    this.#onPeerClose = listener;
  }

  push(message: Message): void {
    this.#answered = true;
    this.#replies.push(message);
  }

  peerGone(error: Error | undefined): void {
    if (this.#closed) return;
    this.#replies.end(error);
    this.#onPeerClose?.();
    this.#onPeerClose = undefined;
  }

  close({ abort = false }: { readonly abort?: boolean } = {}): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#replies.end(channelClosed(this.remoteAddress, "this call was closed"));
    // A stream's connection carries that stream alone, as with Go's clients: late messages have no id.
    const complete = !this.sent || (this.#answered && this.#replies.length === 0);
    this.client.released(this, complete && !this.stream && !abort);
    return Promise.resolve();
  }
}
