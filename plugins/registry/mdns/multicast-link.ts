import { Unavailable, type DatagramSocket, type Environment } from "../../../src/spi.js";
import { decodeMessage, type DnsMessage } from "./dns-message.js";

/** Group of mDNS over IPv4 (RFC 6762, section 3). */
export const multicastGroup = "224.0.0.251";

/** Where a packet came from. */
export interface Peer {
  readonly host: string;
  readonly port: number;
}

/** How a {@link MulticastLink} is set up. */
export interface LinkOptions {
  readonly port: number;
  readonly multicastInterface: string | undefined;
  /** Gets every packet that is DNS; others are logged and dropped. */
  readonly heard: (message: DnsMessage, from: Peer) => void;
  /** The socket broke. It is opened again when it is needed next. */
  readonly broken: (error: Unavailable) => void;
}

/** One UDP socket, opened when needed. Bound to `port` it hears the group, bound to 0 its answers. */
export class MulticastLink {
  #socket: Promise<DatagramSocket> | undefined;
  #closed = false;

  constructor(
    private readonly environment: Environment,
    private readonly options: LinkOptions,
  ) {}

  /**
   * Makes sure that the socket is open; true when it was not.
   * @throws Unavailable (`registry.unreachable`).
   */
  async open(): Promise<boolean> {
    const fresh = this.#socket === undefined;
    await this.#opened();
    return fresh;
  }

  /** @throws Unavailable (`registry.unreachable`) when the system will not send it. */
  async send(bytes: Uint8Array, { host, port }: Peer): Promise<void> {
    const socket = await this.#opened();
    try {
      await socket.send(bytes, port, host);
    } catch (cause) {
      throw this.#unreachable(cause);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const socket = await this.#socket?.catch(() => undefined);
    await socket?.close();
  }

  #opened(): Promise<DatagramSocket> {
    if (this.#closed)
      throw new Unavailable("the registry is closed", { reason: "registry.closed" });
    return (this.#socket ??= this.#bind().catch((cause: unknown) => {
      this.#socket = undefined;
      throw this.#unreachable(cause);
    }));
  }

  #bind(): Promise<DatagramSocket> {
    const { port, multicastInterface, broken } = this.options;
    return this.environment.network.datagram({
      port,
      ...(port === 0 ? {} : { shared: true, multicastGroup }),
      ...(multicastInterface === undefined ? {} : { multicastInterface }),
      onMessage: (bytes, from) => this.#receive(bytes, from),
      onError: (cause) => {
        const socket = this.#socket;
        this.#socket = undefined;
        void socket?.then((opened) => opened.close()).catch(() => undefined);
        broken(this.#unreachable(cause));
      },
    });
  }

  #receive(bytes: Uint8Array, from: Peer): void {
    if (this.#closed) return;
    let message: DnsMessage;
    try {
      message = decodeMessage(bytes);
    } catch (error) {
      const fields = { from: `${from.host}:${from.port}`, error: String(error) };
      this.environment.logger.debug("mdns: malformed packet ignored", fields);
      return;
    }
    this.options.heard(message, from);
  }

  #unreachable(cause: unknown): Unavailable {
    const { port, multicastInterface = "the system's default" } = this.options;
    const why = cause instanceof Error ? cause.message : String(cause);
    return new Unavailable(
      `registry mdns: no multicast (group ${multicastGroup}, port ${port || "any"}, interface ${multicastInterface}): ${why}. ` +
        `Containers, VPNs and many clouds do not carry it: use a registry with a server (etcd, consul), fixed addresses (the static selector), or the memory registry within one process; on one machine, multicastInterface "127.0.0.1" may do`,
      { reason: "registry.unreachable", retry: "safe", cause },
    );
  }
}
