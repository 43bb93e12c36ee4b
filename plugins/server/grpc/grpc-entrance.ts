import type { Server, ServerCredentials } from "@grpc/grpc-js";
import {
  describe,
  serveCall,
  Unavailable,
  type Entrance,
  type Environment,
  type OpenEntrance,
  type TlsCredentials,
} from "../../../src/spi.js";
import { pathOf, serveAnyPath, type GrpcCall } from "./any-path.js";
import { builtIn, type BuiltIn, type BuiltInOptions } from "./built-in.js";
import { GrpcExchange } from "./grpc-exchange.js";
import type { GrpcModule } from "./load-grpc.js";
import { serverMetadata } from "./server-metadata.js";
import { tlsServerCredentials } from "./tls-server-credentials.js";

/** What peers may do, and get. */
export interface GrpcLimits {
  /** Bytes of one request. */
  readonly maxMessageBytes: number;
  /** Milliseconds of silence after which a peer is asked whether it is there. */
  readonly keepAliveMs: number;
  /** Milliseconds that it has to answer. */
  readonly keepAliveTimeoutMs: number;
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
    private readonly grpc: GrpcModule,
    private readonly limits: GrpcLimits,
    private readonly environment: Environment,
    private readonly own: BuiltInOptions,
    private readonly tls: TlsCredentials | undefined,
  ) {}

  async open(address: string): Promise<OpenEntrance> {
    const { grpc, limits, environment } = this;
    const server = new grpc.Server({
      "grpc.enable_channelz": 0, // its calls would go another way than the one that is listened to
      "grpc.max_receive_message_length": limits.maxMessageBytes,
      "grpc.keepalive_time_ms": limits.keepAliveMs,
      "grpc.keepalive_timeout_ms": limits.keepAliveTimeoutMs,
    });
    const newMetadata = serverMetadata(grpc);
    const waiting: GrpcCall[] = [];
    let serve = (call: GrpcCall): void => void waiting.push(call);
    serveAnyPath(server, (call) => serve(call), { compress: limits.compression === "gzip" });
    const { tls } = this;
    const credentials = tls
      ? tlsServerCredentials(grpc, tls)
      : grpc.ServerCredentials.createInsecure();
    const port = await this.#bind(server, address, credentials);
    let graceful: Promise<void> | undefined;
    let own: BuiltIn | undefined;
    return {
      address: `${address.slice(0, address.lastIndexOf(":"))}:${port}`,
      accept: (parts) => {
        own = builtIn(parts, this.own);
        serve = (call) => {
          const whose = own?.serves(pathOf(call)) ? own.parts : parts;
          void serveCall(new GrpcExchange(call, whose, newMetadata), whose).catch(
            (error: unknown) =>
              environment.logger.debug("a call broke off", {
                peer: call.getPeer(),
                error: describe(error),
              }),
          );
        };
        waiting.splice(0).forEach(serve);
      },
      async drain() {
        graceful ??= new Promise((resolve) => server.tryShutdown(() => resolve()));
      },
      async close() {
        own?.close();
        if (graceful) {
          const shut = graceful;
          await new Promise<void>((resolve) => {
            const timer = environment.timers.after(lingerMs, resolve);
            void shut.then(() => {
              timer.cancel();
              resolve();
            });
          });
        }
        server.forceShutdown();
        tls?.close();
      },
    };
  }

  #bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
    const everyInterface = address.startsWith(":");
    const bind = (target: string): Promise<number> =>
      new Promise((resolve, reject) =>
        server.bindAsync(target, credentials, (error, port) =>
          error ? reject(error) : resolve(port),
        ),
      );
    const bound = bind(everyInterface ? `[::]${address}` : address);
    // A machine without IPv6 has every interface under another name.
    const tried = everyInterface ? bound.catch(() => bind(`0.0.0.0${address}`)) : bound;
    return tried.catch((cause: unknown) => {
      const text = cause instanceof Error ? cause.message : String(cause);
      const taken = text.includes("EADDRINUSE");
      throw new Unavailable(
        taken
          ? `${address} is in use. Stop what listens there, or listen on port 0`
          : `${address} cannot be listened on: ${text}`,
        { reason: taken ? "transport.address-in-use" : "transport.listen-failed", cause },
      );
    });
  }
}
