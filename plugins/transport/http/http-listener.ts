import type { Connection, ConnectionServer, Listener, Logger, Socket } from "../../../src/spi.js";
import { formatAddress } from "./address.js";
import { ServerConnection, type ServerConnectionParts } from "./server-connection.js";

/** What an {@link HttpListener} works with. */
export interface HttpListenerParts extends Omit<ServerConnectionParts, "handler" | "onClosed"> {
  readonly maxConnections: number;
  readonly logger: Logger;
  /** Called once when it is closed. */
  readonly onClosed: (listener: HttpListener) => void;
}

/** A bound address and the connections that it accepted. */
export class HttpListener implements Listener {
  private server: ConnectionServer | undefined;
  private handler: ((socket: Socket) => void) | undefined;
  /** Connections that came before there was a handler. */
  private early: Connection[] = [];
  private readonly connections = new Set<ServerConnection>();
  private draining = false;
  private closing: Promise<void> | undefined;
  private full = false;

  constructor(private readonly parts: HttpListenerParts) {}

  get address(): string {
    return this.server ? formatAddress(this.server.host, this.server.port) : "";
  }

  /** Names the server whose connections these are. */
  bound(server: ConnectionServer): void {
    this.server = server;
  }

  /** Takes a new connection, or refuses it. */
  connected(connection: Connection): void {
    const { maxConnections, logger } = this.parts;
    const count = this.connections.size + this.early.length;
    if (this.draining || this.closing || count >= maxConnections) {
      connection.destroy();
      if (count >= maxConnections && !this.full) {
        this.full = true;
        logger.warn("connections are refused: maxConnections is reached", {
          address: this.address,
          maxConnections,
        });
      }
      return;
    }
    this.full = false;
    if (this.handler) this.serve(connection, this.handler);
    else this.early.push(connection);
  }

  accept(handler: (socket: Socket) => void): void {
    if (this.handler) throw new Error(`${this.address} has a handler already`);
    this.handler = handler;
    const { early } = this;
    this.early = [];
    for (const connection of early) this.serve(connection, handler);
  }

  async drain(): Promise<void> {
    this.draining = true;
    const closed = this.server?.close();
    this.dropEarly();
    for (const connection of [...this.connections]) connection.retire();
    await closed;
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    const closed = this.server?.close();
    this.dropEarly();
    for (const connection of [...this.connections]) connection.destroy();
    this.parts.onClosed(this);
    await closed;
  }

  private dropEarly(): void {
    for (const connection of this.early) connection.destroy();
    this.early = [];
  }

  private serve(connection: Connection, handler: (socket: Socket) => void): void {
    this.connections.add(
      new ServerConnection(connection, {
        ...this.parts,
        handler,
        onClosed: (closed) => this.connections.delete(closed),
      }),
    );
  }
}
