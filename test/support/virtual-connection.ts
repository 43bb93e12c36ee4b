import type { Connection, ConnectionListener } from "../../src/base/environment.js";

/** Bytes that a side may have written and its peer not read before `write` says to wait: Node's. */
const highWaterBytes = 65_536;

/** One end's way to the other. */
export interface Wire {
  /** Runs `deliver` when what is sent now arrives there: later, never at once, in order. */
  carry(deliver: () => void): void;
  /** Runs `callback` here on a later turn. */
  later(callback: () => void): void;
  /** True when this write breaks the connection. */
  breaks(): boolean;
  /** Notes what happens at this end, where somebody wants to know. */
  tell(what: string, bytes?: Uint8Array): void;
  /** Bytes of the largest piece that arrives at once. */
  readonly pieceBytes: number;
}

export const systemError = (code: string, text: string): Error =>
  Object.assign(new Error(`${text}: ${code}`), { code });

type Arrival = Uint8Array | "end";

/** One end of a byte stream in memory. Behaves as a TCP socket that allows half open. */
export class VirtualConnection implements Connection {
  private peer!: VirtualConnection;
  private listener: ConnectionListener | undefined;
  private arrived: Arrival[] = [];
  private unreadBytes = 0;
  private underWay = 0;
  private paused = false;
  private pumping = false;
  private ended = false;
  private peerEnded = false;
  private mustDrain = false;
  private closedWith: { readonly error: Error | undefined } | undefined;

  private constructor(
    readonly remoteAddress: string,
    private readonly wire: Wire,
    private readonly onClosed: (connection: VirtualConnection) => void,
  ) {}

  /** Two ends, each with the address that it sees and its way out; `onClosed` is called once for each. */
  static pair(
    dialler: { readonly sees: string; readonly wire: Wire },
    acceptor: { readonly sees: string; readonly wire: Wire },
    onClosed: (connection: VirtualConnection) => void,
  ): readonly [VirtualConnection, VirtualConnection] {
    const near = new VirtualConnection(dialler.sees, dialler.wire, onClosed);
    const far = new VirtualConnection(acceptor.sees, acceptor.wire, onClosed);
    near.peer = far;
    far.peer = near;
    return [near, far];
  }

  /** The other end of the stream. */
  get farEnd(): VirtualConnection {
    return this.peer;
  }

  get closed(): boolean {
    return this.closedWith !== undefined;
  }

  listen(listener: ConnectionListener): void {
    if (this.listener) throw new Error("A connection has one listener");
    this.listener = listener;
    const { closedWith } = this;
    if (closedWith) this.wire.later(() => listener.close(closedWith.error));
    else this.pump();
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.closedWith) return false;
    this.wire.tell("writes", bytes);
    if (this.wire.breaks()) {
      this.wire.tell("loses the connection");
      this.wire.later(() => this.reset());
      return false;
    }
    const { peer } = this;
    const copy = new Uint8Array(bytes);
    peer.unreadBytes += bytes.length;
    this.underWay += bytes.length;
    this.wire.carry(() => {
      this.underWay -= bytes.length;
      if (peer.closedWith) this.closeWith(systemError("ECONNRESET", "write"));
      else peer.arrive(copy);
    });
    this.mustDrain = peer.unreadBytes >= highWaterBytes;
    return !this.mustDrain;
  }

  /** What has not arrived. */
  get queuedBytes(): number {
    return this.underWay;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.pump();
  }

  end(): void {
    if (this.ended || this.closedWith) return;
    this.ended = true;
    const { peer } = this;
    this.wire.carry(() => {
      if (peer.closedWith) this.closeWith(undefined);
      else peer.arrive("end");
    });
    if (this.peerEnded) this.closeWith(undefined);
  }

  destroy(): void {
    if (this.closedWith) return;
    const { peer } = this;
    const unread = this.unreadBytes > 0;
    if (unread) this.wire.carry(() => peer.closeWith(systemError("ECONNRESET", "read")));
    else if (!this.ended) this.end();
    this.closeWith(undefined);
  }

  /** Breaks both ends as a lost peer does. */
  reset(): void {
    this.closeWith(systemError("ECONNRESET", "read"));
    this.peer.closeWith(systemError("ECONNRESET", "read"));
  }

  private arrive(arrival: Arrival): void {
    this.arrived.push(arrival);
    this.pump();
  }

  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    this.wire.later(() => {
      this.pumping = false;
      this.deliver();
    });
  }

  private deliver(): void {
    const { listener, wire } = this;
    while (listener && !this.paused && !this.closedWith) {
      const arrival = this.arrived.shift();
      if (arrival === undefined) break;
      if (arrival === "end") {
        this.peerEnded = true;
        wire.tell("reads the end");
        if (listener.end) listener.end();
        else this.end();
        if (this.ended) this.closeWith(undefined);
        return;
      }
      const rest = arrival.subarray(wire.pieceBytes);
      if (rest.length > 0) this.arrived.unshift(rest);
      this.unreadBytes -= arrival.length - rest.length;
      const piece = new Uint8Array(arrival.subarray(0, wire.pieceBytes));
      wire.tell("reads", piece);
      listener.data(piece);
    }
    if (this.unreadBytes === 0) this.peer.drained();
  }

  private drained(): void {
    if (this.mustDrain && !this.ended && !this.closedWith) {
      this.mustDrain = false;
      this.wire.later(() => this.listener?.drain?.());
    }
  }

  private closeWith(error: Error | undefined): void {
    if (this.closedWith) return;
    this.closedWith = { error };
    this.wire.tell(error ? `closes: ${error.message}` : "closes");
    this.arrived = [];
    this.onClosed(this);
    this.wire.later(() => this.listener?.close(error));
  }
}
