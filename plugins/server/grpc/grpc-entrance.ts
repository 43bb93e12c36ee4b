import {
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import {
  describe,
  serveCall,
  type Entrance,
  type Environment,
  type OpenEntrance,
  type ServeParts,
  type TlsCredentials,
} from "../../../src/spi.js";
import { builtIn, type BuiltIn, type BuiltInOptions } from "./built-in.js";
import { takesGzip } from "./compress-reply.js";
import { Connection, type ConnectionLimits } from "./connection.js";
import { GrpcExchange } from "./grpc-exchange.js";
import { listenHttp2 } from "./http2-listener.js";
import { refuseCall } from "./refuse-call.js";
import { turnAway } from "./turn-away.js";
import { UnaryExchange } from "./unary-exchange.js";
import { UnaryRoutes } from "./unary-routes.js";

/** What peers may do, and get. */
export interface GrpcLimits extends ConnectionLimits {
  /** Bytes of one request. */
  readonly maxMessageBytes: number;
  /** Calls that one connection may have open; its caller keeps more of them back. */
  readonly maxConcurrentStreams: number;
  /** Connections at once; more are closed. */
  readonly maxConnections: number;
  /** How replies go to callers who can read it. */
  readonly compression: "identity" | "gzip";
}

/** Milliseconds that the last answers have to leave, once every call has ended. */
const lingerMs = 1_000;

/** Takes in gRPC. */
export class GrpcEntrance implements Entrance {
  readonly protocol = "grpc";
  readonly transport = "grpc";

  constructor(
    private readonly limits: GrpcLimits,
    private readonly environment: Environment,
    private readonly own: BuiltInOptions,
    private readonly tls: TlsCredentials | undefined,
  ) {}

  async open(address: string): Promise<OpenEntrance> {
    const { limits, environment, tls } = this;
    const listener = await listenHttp2(
      address,
      {
        settings: { maxConcurrentStreams: limits.maxConcurrentStreams },
        maxSessionMemory: Number.MAX_SAFE_INTEGER, // what is bounded is calls, and each message of theirs
      },
      tls,
    );
    listener.limit(limits.maxConnections, () =>
      environment.logger.warn("connections are refused: maxConnections is reached", {
        address,
        maxConnections: limits.maxConnections,
      }),
    );
    const connections = new Set<Connection>();
    const waiting: (() => void)[] = [];
    let parts: ServeParts | undefined;
    let own: BuiltIn | undefined;
    let unary: UnaryRoutes | undefined;
    let emptied = (): void => undefined;
    let draining = false;

    const serve = (
      stream: ServerHttp2Stream,
      headers: IncomingHttpHeaders,
      connection: Connection,
    ): void => {
      if (!parts) {
        waiting.push(() => serve(stream, headers, connection));
        return;
      }
      if (stream.closed || stream.destroyed || refuseCall(stream, headers)) return;
      const path = headers[":path"] ?? "";
      const whose = own?.serves(path) ? own.parts : parts;
      const gzip = limits.compression === "gzip" && takesGzip(headers["grpc-accept-encoding"]);
      const call = { stream, headers, connection, maxMessageBytes: limits.maxMessageBytes, gzip };
      const plain = gzip || whose !== parts ? undefined : unary?.of(headers);
      if (plain) {
        new UnaryExchange(call, plain, whose);
        return;
      }
      serveCall(new GrpcExchange(call, whose), whose).catch((error: unknown) =>
        environment.logger.debug("a call broke off", {
          peer: connection.peer.address,
          error: describe(error),
        }),
      );
    };
    listener.server.on("session", (session: ServerHttp2Session) => {
      const connection = new Connection(session, environment, limits);
      connections.add(connection);
      if (draining) connection.leave();
      session.once("close", () => {
        connections.delete(connection);
        if (connections.size === 0) emptied();
      });
      session.on("stream", (stream, headers) => {
        connection.heard();
        // Node tells of broken streams even where nobody listens, and that ends the process. "close" tells whom it concerns.
        stream.on("error", () => undefined);
        if (connection.leaving) turnAway(stream);
        else if (!connection.turnsAway(stream)) serve(stream, headers, connection);
      });
    });
    return {
      address: `${address.slice(0, address.lastIndexOf(":"))}:${listener.port}`,
      accept: (given) => {
        parts = given;
        own = builtIn(given, this.own);
        unary = new UnaryRoutes(given);
        for (const each of waiting.splice(0)) each();
      },
      async drain() {
        draining = true;
        listener.shut();
        for (const connection of connections) connection.leave();
      },
      async close() {
        own?.close();
        if (draining && connections.size > 0) {
          await new Promise<void>((resolve) => {
            const timer = environment.timers.after(lingerMs, resolve);
            emptied = () => {
              timer.cancel();
              resolve();
            };
          });
        }
        listener.destroy();
        for (const connection of connections) connection.destroy();
        tls?.close();
      },
    };
  }
}
