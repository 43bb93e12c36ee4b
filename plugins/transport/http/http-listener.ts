import {
  framesKey,
  framesVersion,
  type BufferPool,
  type Connection,
  type ConnectionServer,
  type LaneHandler,
  type LaneStreamHandler,
  type Listener,
  type Logger,
  type Socket,
  type Timer,
} from "../../../src/spi.js";
import { AcceptedConnection, type AcceptedConnectionParts } from "./accepted-connection.js";
import { formatAddress } from "./address.js";

/** What an {@link HttpListener} works with. */
export interface HttpListenerParts extends Omit<
  AcceptedConnectionParts,
  "handler" | "onClosed" | "frames"
> {
  /** Buffers for frames; undefined where they are not taken. */
  readonly framesPool: BufferPool | undefined;
  readonly maxConnections: number;
  readonly logger: Logger;
  /** Why nobody can connect; undefined where everybody can. */
  readonly unreachable: string | undefined;
  /** Called once when it is closed. */
  readonly onClosed: (listener: HttpListener) => void;
}

/** Milliseconds that peers have at a drain to take note of it. */
const tellMs = 1_000;

/** A bound address and the connections that it accepted. */
export class HttpListener implements Listener {
  private server: ConnectionServer | undefined;
  private handler: ((socket: Socket) => void) | undefined;
  /** Connections that came before there was a handler. */
  private early: Connection[] = [];
  private readonly connections = new Set<AcceptedConnection>();
  private lane: LaneHandler | undefined;
  private streams: LaneStreamHandler | undefined;
  private looking: Timer | undefined;
  private draining = false;
  private closing: Promise<void> | undefined;
  private full = false;

  constructor(private readonly parts: HttpListenerParts) {}

  get address(): string {
    return this.server ? formatAddress(this.server.host, this.server.port) : "";
  }

  get announces(): Readonly<Record<string, string>> {
    return this.parts.framesPool ? { [framesKey]: framesVersion } : {};
  }

  get unreachable(): string | undefined {
    return this.parts.unreachable;
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

  accept(handler: (socket: Socket) => void, lane?: LaneHandler, streams?: LaneStreamHandler): void {
    if (this.handler) throw new Error(`${this.address} has a handler already`);
    this.handler = handler;
    this.lane = lane;
    this.streams = streams;
    const { early } = this;
    this.early = [];
    for (const connection of early) this.serve(connection, handler);
  }

  async drain(): Promise<void> {
    this.draining = true;
    const closed = this.server?.close();
    this.dropEarly();
    const told = [...this.connections].map((connection) => connection.retire());
    await Promise.all([closed, this.atMost(tellMs, Promise.all(told))]);
  }

  private atMost(ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.parts.environment.timers.after(ms, resolve, { background: true });
      void work.finally(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    const closed = this.server?.close();
    this.dropEarly();
    this.looking?.cancel();
    for (const connection of [...this.connections]) connection.destroy();
    this.parts.onClosed(this);
    await closed;
  }

  private dropEarly(): void {
    for (const connection of this.early) connection.destroy();
    this.early = [];
  }

  private serve(connection: Connection, handler: (socket: Socket) => void): void {
    const { parts, lane, streams } = this;
    const { framesPool: pool, environment, logger, maxMessageBytes, maxHeaderBytes } = parts;
    const { timers } = environment;
    this.connections.add(
      new AcceptedConnection(connection, {
        ...parts,
        handler,
        frames: pool &&
          lane && {
            timers,
            logger,
            pool,
            maxMessageBytes,
            maxHeaderBytes,
            lane,
            streams,
            accept: handler,
          },
        onClosed: (closed) => this.connections.delete(closed),
      }),
    );
    if (pool && lane) this.looking ??= this.lookLater();
  }

  /** Looks after connections that speak frames: none has a timer of its own. */
  private lookLater(): Timer {
    const { messageTimeoutMs, idleTimeoutMs, environment } = this.parts;
    const everyMs = Math.min(messageTimeoutMs, idleTimeoutMs) / 4;
    const look = (): void => {
      this.looking = undefined;
      for (const connection of [...this.connections]) {
        const { frames } = connection;
        const stays = frames?.look(idleTimeoutMs / everyMs, messageTimeoutMs / everyMs) ?? true;
        if (!stays) connection.destroy();
      }
      if (this.connections.size > 0) this.looking = this.lookLater();
    };
    return environment.timers.after(everyMs, look, { background: true });
  }
}
