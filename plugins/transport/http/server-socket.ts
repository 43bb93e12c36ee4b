import type { Message, PeerCertificate, RpcError, Socket } from "../../../src/spi.js";
import { channelClosed } from "./http-errors.js";
import { Inbox } from "./inbox.js";

/** What a {@link ServerSocket} asks of the connection that it lives on. */
export interface ServerSocketOwner {
  readonly remoteAddress: string;
  readonly certificate: PeerCertificate | undefined;
  /** Writes a response, or keeps it until its turn. Resolves when the next may be written. */
  writeResponse(socket: ServerSocket, message: Message): Promise<void>;
  /** A message was taken, so reading may go on. */
  taken(): void;
  /** The channel was closed by its owner. */
  released(socket: ServerSocket, abort: boolean): void;
}

/** A response that waits for those before it. */
export interface PendingResponse {
  readonly encoded: Uint8Array;
  readonly body: Uint8Array;
}

/** The channel of one call, seen from the server. */
export class ServerSocket implements Socket {
  readonly inbox = new Inbox();
  /** Messages that came and went. */
  received = 0;
  sent = 0;
  /** True when a response said that the call failed or the stream is over. */
  failed = false;
  /** The response of a unary call, from when it is known to when it is written. */
  response: PendingResponse | undefined;
  closed = false;
  private peerGone = false;
  private peerCloseListener: (() => void) | undefined;

  constructor(
    private readonly owner: ServerSocketOwner,
    /** The id of a stream, undefined for a unary call. */
    readonly stream: string | undefined,
    /** The peer wants the connection closed after the answer, or kept although it is HTTP/1.0. */
    readonly connectionLine: string,
    /** The peer uses the connection for this stream alone. */
    readonly ownsConnection: boolean,
  ) {}

  get remoteAddress(): string {
    return this.owner.remoteAddress;
  }

  get certificate(): PeerCertificate | undefined {
    return this.owner.certificate;
  }

  async send(message: Message): Promise<void> {
    if (this.closed || this.peerGone) throw channelClosed(this.remoteAddress, "is closed");
    if (this.stream === undefined && this.sent > 0)
      throw channelClosed(this.remoteAddress, "has had its answer, and a unary call has only one");
    return this.owner.writeResponse(this, message);
  }

  recv(): Promise<Message | undefined> {
    const message = this.inbox.take();
    this.owner.taken();
    return message;
  }

  onPeerClose(listener: () => void): void {
    if (this.closed) return;
    if (this.peerGone) listener();
    else this.peerCloseListener = listener;
  }

  async close({ abort = false }: { readonly abort?: boolean } = {}): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.peerCloseListener = undefined;
    this.inbox.discard();
    this.owner.released(this, abort);
  }

  /** Hands over a message of the peer. */
  feed(message: Message): void {
    this.received++;
    this.inbox.add(message);
  }

  /** The peer is gone, in good order or with an error. */
  gone(error?: RpcError): void {
    if (this.peerGone || this.closed) return;
    this.peerGone = true;
    this.inbox.end(error);
    const listener = this.peerCloseListener;
    this.peerCloseListener = undefined;
    listener?.();
  }
}
