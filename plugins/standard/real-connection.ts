import type { Socket } from "node:net";
import type { Connection, ConnectionListener, PeerCertificate } from "../../src/spi.js";

/** `host:port`, an IPv6 host in brackets, an IPv4 host in IPv6 clothes without them. */
export function hostPort(host: string, port: number): string {
  const plain = host.startsWith("::ffff:") && host.includes(".") ? host.slice(7) : host;
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** Node's socket as a {@link Connection}. A listener without `end` ends its side with the peer's. */
export class RealConnection implements Connection {
  readonly remoteAddress: string;
  private listener: ConnectionListener | undefined;
  private error: Error | undefined;
  private closed = false;

  /** The socket must have been made with `allowHalfOpen`. */
  constructor(
    private readonly socket: Socket,
    readonly certificate?: PeerCertificate,
  ) {
    this.remoteAddress = hostPort(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    socket.on("error", (error) => {
      this.error = error;
      // After an alert of its peer a socket of TLS is left open, and tells of an end in good order.
      socket.destroy();
    });
    socket.on("close", () => {
      this.closed = true;
      this.listener?.close(this.error);
    });
  }

  listen(listener: ConnectionListener): void {
    const { socket } = this;
    if (this.listener) throw new Error("A connection has one listener");
    this.listener = listener;
    if (this.closed) {
      // The close event has been; a listener still hears of it, later as ever.
      void Promise.resolve().then(() => listener.close(this.error));
      return;
    }
    socket.on("drain", () => listener.drain?.());
    socket.on("end", () => {
      if (listener.end) listener.end();
      else socket.end();
    });
    socket.on("data", (bytes) => listener.data(bytes));
  }

  write(bytes: Uint8Array): boolean {
    const { socket } = this;
    return socket.writable && socket.write(bytes);
  }

  get queuedBytes(): number {
    return this.socket.writableLength;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
