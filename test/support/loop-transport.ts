import { ContentTooLarge, Unavailable } from "../../src/base/errors.js";
import type {
  DialOptions,
  Listener,
  ListenOptions,
  Message,
  Socket,
  Transport,
  TransportClient,
} from "../../src/transport/transport.js";

const broken = (): Unavailable =>
  new Unavailable("the channel is gone", { reason: "transport.closed" });

interface Waiting {
  readonly resolve: (message: Message | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** One end of a channel: what came, who waits, and how it ended. */
class LoopSocket implements Socket {
  peer!: LoopSocket;
  private readonly inbox: Message[] = [];
  private waiting: Waiting | undefined;
  private ended: "open" | "in order" | "broken" = "open";
  private closed = false;
  private readonly peerClosed: (() => void)[] = [];

  constructor(
    readonly remoteAddress: string,
    private readonly limits: { readonly maxMessageBytes?: number },
    private readonly onClose: (abort: boolean) => void,
  ) {}

  async send({ headers, body }: Message): Promise<void> {
    if (this.closed || this.ended !== "open") throw broken();
    this.peer.take({ headers: { ...headers }, body: body.slice() });
  }

  private take(message: Message): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) waiting.resolve(message);
    else this.inbox.push(message);
  }

  async recv(): Promise<Message | undefined> {
    if (this.closed) throw broken();
    const message =
      this.inbox.shift() ??
      (await new Promise<Message | undefined>((resolve, reject) => {
        if (this.ended === "open") this.waiting = { resolve, reject };
        else if (this.ended === "in order") resolve(undefined);
        else reject(broken());
      }));
    const { maxMessageBytes = 4_194_304 } = this.limits;
    if (message && message.body.length > maxMessageBytes)
      throw new ContentTooLarge("too large", { reason: "transport.too-large" });
    return message;
  }

  onPeerClose(listener: () => void): void {
    if (this.ended === "open") this.peerClosed.push(listener);
    else if (!this.closed) listener();
  }

  private end(how: "in order" | "broken"): void {
    if (this.ended !== "open") return;
    this.ended = how;
    const { waiting } = this;
    this.waiting = undefined;
    if (how === "in order") waiting?.resolve(undefined);
    else waiting?.reject(broken());
    if (!this.closed) for (const listener of this.peerClosed.splice(0)) listener();
  }

  async close({ abort = false }: { readonly abort?: boolean } = {}): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.waiting?.reject(broken());
    this.waiting = undefined;
    this.peer.end(abort ? "broken" : "in order");
    this.onClose(abort);
  }
}

/** Where loop transports find each other. */
export class LoopNetwork {
  readonly accepting = new Map<string, (socket: Socket) => void>();
  readonly limits = new Map<string, ListenOptions>();
  port = 1_000;
}

/** How a {@link LoopTransport} behaves. */
export interface LoopOptions {
  /** Shared by the transports that shall reach each other. */
  readonly network?: LoopNetwork;
  /** Sockets of one connection at once. Default 1. */
  readonly capacity?: number;
}

/**
 * A transport that is a table, for tests of what uses one: messages go from hand to hand, on a later
 * turn of the microtask queue. Tells how it was used.
 */
export class LoopTransport implements Transport {
  readonly name = "loop";
  /** Addresses that were dialled, in order. */
  readonly dialled: string[] = [];
  /** Connections that are open on the dialling side. */
  readonly connections = new Set<TransportClient>();
  /** Every message that was sent by a dialling side. */
  readonly sent: Message[] = [];
  private readonly network: LoopNetwork;

  constructor(private readonly options: LoopOptions = {}) {
    this.network = options.network ?? new LoopNetwork();
  }

  async dial(address: string, options: DialOptions = {}): Promise<TransportClient> {
    this.dialled.push(address);
    const accept = this.network.accepting.get(address);
    if (!accept)
      throw new Unavailable(`cannot connect to ${address}`, {
        reason: "transport.connect-failed",
        retry: "safe",
      });
    return this.connect(address, accept, options);
  }

  private connect(
    address: string,
    accept: (socket: Socket) => void,
    options: DialOptions,
  ): TransportClient {
    const { connections, sent } = this;
    const sockets = new Set<LoopSocket>();
    let closed = false;
    const client: TransportClient = {
      capacity: this.options.capacity ?? 1,
      get closed() {
        return closed;
      },
      open: () => {
        if (closed) throw broken();
        const near = new LoopSocket(address, options, (abort) => {
          sockets.delete(near);
          if (abort) void client.close();
        });
        const far = new LoopSocket("caller:1", this.network.limits.get(address) ?? {}, () => {});
        near.peer = far;
        far.peer = near;
        sockets.add(near);
        const send = near.send.bind(near);
        near.send = (message) => {
          sent.push(message);
          return send(message);
        };
        queueMicrotask(() => accept(far));
        return near;
      },
      close: async () => {
        closed = true;
        connections.delete(client);
        for (const socket of [...sockets]) await socket.close({ abort: true });
      },
    };
    connections.add(client);
    return client;
  }

  async listen(address: string, options: ListenOptions = {}): Promise<Listener> {
    const host = address.slice(0, address.lastIndexOf(":"));
    const bound = address.endsWith(":0") ? `${host}:${this.network.port++}` : address;
    if (this.network.accepting.has(bound))
      throw new Unavailable(`${bound} is taken`, { reason: "transport.address-in-use" });
    this.network.limits.set(bound, options);
    return {
      address: bound,
      accept: (handler) => void this.network.accepting.set(bound, handler),
      drain: async () => {},
      close: async () => void this.network.accepting.delete(bound),
    };
  }

  async close(): Promise<void> {
    for (const client of [...this.connections]) await client.close();
  }
}
