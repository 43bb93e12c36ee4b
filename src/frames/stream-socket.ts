import type { RpcError } from "../base/error.js";
import { newMetadata, noMetadata } from "../base/metadata.js";
import type { Message, Socket } from "../transport/transport.js";
import { connectionLost } from "./frame-errors.js";
import { malformed, messageCost, streamWindow } from "./protocol.js";

/** What a stream asks of its connection. */
export interface StreamOwner {
  readonly remoteAddress: string;
  /** Sends one message of the stream; how depends on the side. */
  sendMessage(socket: StreamSocket, message: Message): void;
  /** Allows the peer so many bytes more. */
  grant(socket: StreamSocket, bytes: number): void;
  /** `close` was called. */
  released(socket: StreamSocket, abort: boolean): void;
}

/** A stream's channel over frames. Both directions are bounded by what the receiver allows. */
export class StreamSocket implements Socket {
  /** The call's number. */
  number = 0;
  /** The peer knows of it. */
  opened = false;
  /** Bytes that may still be sent. */
  #window = streamWindow;
  #waiting: { readonly go: () => void; readonly fail: (error: RpcError) => void }[] = [];
  readonly #inbox: Message[] = [];
  #receiver:
    | { readonly got: (message?: Message) => void; readonly fail: (error: RpcError) => void }
    | undefined;
  /** Bytes that the peer may still send. */
  #allowance = streamWindow;
  /** Bytes taken from the inbox and not granted again. */
  #taken = 0;
  /** The peer said that it sends nothing more. */
  #finished = false;
  #ended = false;
  #error: RpcError | undefined;
  #closed = false;
  #peerClose: (() => void) | undefined;

  constructor(private readonly owner: StreamOwner) {}

  get remoteAddress(): string {
    return this.owner.remoteAddress;
  }

  async send(message: Message): Promise<void> {
    while (this.#window <= 0 && !this.#gone)
      await new Promise<void>((go, fail) => this.#waiting.push({ go, fail }));
    if (this.#gone)
      throw this.#error ?? connectionLost(this.remoteAddress, "has no such stream any more");
    this.#window -= message.body.length + messageCost;
    this.owner.sendMessage(this, message);
  }

  recv(): Promise<Message | undefined> {
    const message = this.#inbox.shift();
    if (message) {
      this.#took(message);
      return Promise.resolve(message);
    }
    if (this.#error) return Promise.reject(this.#error);
    if (this.#ended || this.#closed) return Promise.resolve(undefined);
    return new Promise((got, fail) => (this.#receiver = { got, fail }));
  }

  onPeerClose(listener: () => void): void {
    this.#peerClose = listener;
    if (this.#error) listener();
  }

  async close({ abort = false }: { readonly abort?: boolean } = {}): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.owner.released(this, abort);
    this.#wake(connectionLost(this.remoteAddress, "was left by the stream"));
    this.#receiver?.got(undefined);
    this.#receiver = undefined;
  }

  /**
   * A message came. Copies it, since it may wait.
   * @throws BadRequest `frames.malformed` for one that the peer was not allowed to send.
   */
  deliver(bytes: Buffer, start: number, end: number): void {
    if (this.#finished) throw malformed("a message after the end of its stream");
    if (this.#allowance <= 0) throw malformed("more messages of a stream than were allowed");
    this.#allowance -= end - start + messageCost;
    const body = end === start ? nothing : new Uint8Array(bytes.subarray(start, end));
    this.push({ headers: noMetadata, body });
  }

  /** A message, or what stands for one, came. */
  push(message: Message): void {
    if (this.#closed) return;
    const receiver = this.#receiver;
    if (!receiver) {
      this.#inbox.push(message);
      return;
    }
    this.#receiver = undefined;
    this.#took(message);
    receiver.got(message);
  }

  /** The peer half closed: `last` tells its reader. @throws BadRequest `frames.malformed`. */
  finish(last: Message): void {
    if (this.#finished) throw malformed("a stream was ended twice");
    this.#finished = true;
    this.push(last);
  }

  /** The peer will send nothing more. */
  end(): void {
    this.#ended = true;
    if (this.#inbox.length > 0) return;
    this.#receiver?.got(undefined);
    this.#receiver = undefined;
  }

  /** The peer allows so many bytes more. */
  allow(bytes: number): void {
    this.#window += bytes;
    if (this.#window <= 0) return;
    for (const { go } of this.#waiting.splice(0)) go();
  }

  /** The channel broke, or the peer left it. */
  gone(error: RpcError): void {
    if (this.#closed || this.#error) return;
    this.#error = error;
    this.#wake(error);
    this.#receiver?.fail(error);
    this.#receiver = undefined;
    this.#peerClose?.();
  }

  get #gone(): boolean {
    return this.#closed || this.#error !== undefined;
  }

  #wake(error: RpcError): void {
    for (const { fail } of this.#waiting.splice(0)) fail(error);
  }

  #took({ body }: Message): void {
    this.#taken += body.length + messageCost;
    if (this.#taken * 2 < streamWindow || this.#gone || this.#ended) return;
    this.owner.grant(this, this.#taken);
    this.#allowance += this.#taken;
    this.#taken = 0;
  }
}

/** A message that carries nothing but one header. */
export function sign(name: string, value: string): Message {
  const headers = newMetadata();
  headers[name] = value;
  return { headers: headers, body: nothing };
}

const nothing = new Uint8Array(0);
