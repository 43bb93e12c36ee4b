import { RpcError, type Message, type Socket } from "../../../src/spi.js";
import { encodeMessage, type MemoryLimits } from "./encode-message.js";
import { channelClosed } from "./memory-errors.js";
import { MemoryInbox } from "./memory-inbox.js";

/** What the two ends of a call have in common. */
interface Call {
  readonly stream: boolean;
  /** True when the unary answer was sent. */
  answered: boolean;
}

/** One end of a call. */
export class MemoryChannel implements Socket {
  private peer!: MemoryChannel;
  private readonly inbox = new MemoryInbox();
  private sent = false;
  private closed = false;
  private peerGone = false;
  private failure: RpcError | undefined;
  private peerCloseListener: (() => void) | undefined;
  private onFirst: (() => void) | undefined;
  private onClosed: (() => void) | undefined;

  private constructor(
    readonly remoteAddress: string,
    private readonly dials: boolean,
    private readonly limits: MemoryLimits,
    private readonly call: Call,
  ) {}

  /**
   * The dialling end. `accept` gets the other one with the first message within the limits, and
   * `onClosed` is called once for each end.
   */
  static open(
    dialler: { readonly address: string; readonly limits: MemoryLimits },
    listener: { readonly address: string; readonly limits: MemoryLimits },
    stream: boolean,
    accept: (channel: MemoryChannel) => void,
    onClosed: (channel: MemoryChannel) => void,
  ): MemoryChannel {
    const call = { stream, answered: false };
    const near = new MemoryChannel(listener.address, true, dialler.limits, call);
    const far = new MemoryChannel(dialler.address, false, listener.limits, call);
    near.peer = far;
    far.peer = near;
    near.onClosed = () => onClosed(near);
    far.onClosed = () => onClosed(far);
    near.onFirst = () => accept(far);
    return near;
  }

  async send(message: Message): Promise<void> {
    const { peer, call } = this;
    if (this.closed || this.peerGone)
      throw (
        this.failure ??
        channelClosed(this.remoteAddress, "is closed", this.sent ? {} : { retry: "safe" })
      );
    if (!call.stream && this.sent)
      throw channelClosed(this.remoteAddress, "is unary and has carried its message");
    const arriving = encodeMessage(message, peer.remoteAddress, peer.limits);
    if (arriving instanceof RpcError) {
      // The receiver learns why, and so does the sender, as both would over a network.
      peer.gone(arriving);
      this.gone(arriving);
      return;
    }
    this.sent = true;
    if (!this.dials) call.answered = true;
    const ready = peer.inbox.add(arriving);
    const first = this.onFirst;
    this.onFirst = undefined;
    first?.();
    return call.stream ? ready : undefined;
  }

  recv(): Promise<Message | undefined> {
    return this.inbox.take();
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
    this.onClosed?.();
    const { call, peer } = this;
    if (!call.stream && call.answered) return;
    const broken = abort || !call.stream;
    peer.gone(broken ? channelClosed(peer.remoteAddress, "was closed by the peer") : undefined);
  }

  /** The peer is gone, in good order or with an error. */
  gone(error?: RpcError): void {
    if (this.peerGone || this.closed) return;
    this.peerGone = true;
    this.failure = error;
    this.inbox.end(error);
    const listener = this.peerCloseListener;
    this.peerCloseListener = undefined;
    listener?.();
  }
}
