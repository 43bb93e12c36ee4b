import type { RpcError } from "../base/error.js";
import { newMetadata, noMetadata } from "../base/metadata.js";
import type { PeerCertificate } from "../base/peer.js";
import { endOfStream, header } from "../call/headers.js";
import type { LaneStreamUser } from "../transport/lane.js";
import type { Message, Socket } from "../transport/transport.js";
import { connectionLost } from "./frame-errors.js";
import type { FrameStream } from "./frame-stream.js";

/** What a channel asks of its connection. */
export interface SocketOwner {
  readonly remoteAddress: string;
  readonly certificate?: PeerCertificate | undefined;
  /** Sends one message of the channel; how depends on the side. */
  sendMessage(socket: StreamSocket, message: Message): void;
  /** `close` was called. */
  released(socket: StreamSocket): void;
}

/** A stream over frames as a channel of messages, for those who need one. */
export class StreamSocket implements Socket, LaneStreamUser {
  /** The peer knows of it. */
  opened = false;
  #waiting: { readonly go: () => void; readonly fail: (error: RpcError) => void }[] = [];
  readonly #inbox: Message[] = [];
  #receiver:
    | { readonly got: (message?: Message) => void; readonly fail: (error: RpcError) => void }
    | undefined;
  #error: RpcError | undefined;
  #closed = false;
  #peerClose: (() => void) | undefined;

  constructor(
    private readonly owner: SocketOwner,
    readonly stream: FrameStream,
  ) {}

  get remoteAddress(): string {
    return this.owner.remoteAddress;
  }

  get certificate(): PeerCertificate | undefined {
    return this.owner.certificate;
  }

  async send(message: Message): Promise<void> {
    while (!this.stream.ready && !this.#gone)
      await new Promise<void>((go, fail) => this.#waiting.push({ go, fail }));
    if (this.#gone)
      throw this.#error ?? connectionLost(this.remoteAddress, "has no such stream any more");
    this.owner.sendMessage(this, message);
  }

  recv(): Promise<Message | undefined> {
    const message = this.#inbox.shift();
    if (message) {
      this.#took(message);
      return Promise.resolve(message);
    }
    if (this.#error) return Promise.reject(this.#error);
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((got, fail) => (this.#receiver = { got, fail }));
  }

  onPeerClose(listener: () => void): void {
    this.#peerClose = listener;
    if (this.#error) listener();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.owner.released(this);
    this.#wake(connectionLost(this.remoteAddress, "was left by the stream"));
    this.#receiver?.got(undefined);
    this.#receiver = undefined;
  }

  /** Copies the message, since it may wait. */
  message(bytes: Buffer, start: number, end: number): void {
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

  ended(): void {
    this.push(sign(header.error, endOfStream));
  }

  refused(line: string): void {
    this.push(sign(header.error, line));
  }

  credit(): void {
    for (const { go } of this.#waiting.splice(0)) go();
  }

  lost(error: RpcError): void {
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

  /** Messages with headers were none of the stream's. */
  #took({ headers, body }: Message): void {
    if (headers === noMetadata) this.stream.took(body.length);
  }
}

/** A message that carries nothing but one header. */
function sign(name: string, value: string): Message {
  const headers = newMetadata();
  headers[name] = value;
  return { headers: headers, body: nothing };
}

const nothing = new Uint8Array(0);
