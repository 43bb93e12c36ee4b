import type { Message, RpcError, Socket } from "../../../src/spi.js";
import { channelClosed } from "./http-errors.js";
import { Inbox } from "./inbox.js";

/** What a {@link ClientSocket} asks of the connection that it lives on. */
export interface ClientSocketOwner {
  readonly remoteAddress: string;
  /** Writes a request; `stream` is the stream's id. Resolves when the next may be written. */
  writeRequest(message: Message, stream: string | undefined): Promise<void>;
  /** A message was taken, so reading may go on. */
  taken(): void;
  /** The channel was closed by its owner. */
  released(socket: ClientSocket, abort: boolean): void;
}

/** The channel of one call, seen from the caller. */
export class ClientSocket implements Socket {
  readonly inbox = new Inbox();
  /** True when a request was written. */
  sent = false;
  /** True when the reply of a unary call has arrived. */
  replied = false;
  private closed = false;
  private peerGone = false;
  private failure: RpcError | undefined;
  private peerCloseListener: (() => void) | undefined;

  constructor(
    private readonly owner: ClientSocketOwner,
    /** The id of a stream, undefined for a unary call. */
    readonly stream: string | undefined,
  ) {}

  get remoteAddress(): string {
    return this.owner.remoteAddress;
  }

  async send(message: Message): Promise<void> {
    if (this.closed || this.peerGone)
      throw this.failure ?? channelClosed(this.remoteAddress, "is closed", { safe: !this.sent });
    return this.owner.writeRequest(message, this.stream);
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

  /** The peer is gone, in good order or with an error. */
  gone(error?: RpcError): void {
    if (this.peerGone) return;
    this.peerGone = true;
    this.failure = error;
    this.inbox.end(error);
    const listener = this.peerCloseListener;
    this.peerCloseListener = undefined;
    if (!this.replied) listener?.();
  }
}
