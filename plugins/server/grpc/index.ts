import {
  Ambient,
  AppOptions,
  Broker,
  Codecs,
  definePlugin,
  EngineServer,
  engineServerOptions,
  OptionError,
  Registry,
  requireOneOf,
  requirePositive,
  requireTls,
  requireWhole,
  Server,
  TlsCredentials,
  type Plugin,
  type PluginFromSettings,
  type ServerOptions,
  type TlsOptions,
} from "../../../src/spi.js";
import { GrpcEntrance } from "./grpc-entrance.js";

/** Options of {@link grpcServer}. */
export interface GrpcServerOptions extends ServerOptions {
  /** Bytes of one request. Default 4 MiB, gRPC's own. */
  readonly maxMessageBytes?: number;
  /** Milliseconds that the request of a call of one may take to arrive. Default 30,000. */
  readonly messageTimeoutMs?: number;
  /** Connections at once; more are closed. Default 10,000. */
  readonly maxConnections?: number;
  /**
   * Calls that one connection may have open; its caller keeps more of them back until others have ended. Default 250,
   * as in Go's net/http2. Raise it where one caller holds more streams open than that.
   */
  readonly maxConcurrentStreams?: number;
  /** Milliseconds of silence after which a peer is asked whether it is there. Default 30,000. */
  readonly keepAliveMs?: number;
  /** Milliseconds that it has to answer. Default 20,000, gRPC's own. */
  readonly keepAliveTimeoutMs?: number;
  /**
   * `gzip` compresses replies of 1 KiB and more for callers who can read it. Default `identity`: none.
   * Requests are read either way; `maxMessageBytes` bounds what they come to.
   */
  readonly compression?: "identity" | "gzip";
  /**
   * Whether `grpc.health.v1` is served, which probes and load balancers of gRPC ask. Default true: it
   * tells no more than that the server is there and takes calls.
   */
  readonly health?: boolean;
  /**
   * Whether `grpc.reflection.v1` and `v1alpha` are served, from which tools such as grpcurl learn what can
   * be called. Default true: the registry tells as much. Turn it off where strangers reach the port.
   */
  readonly reflection?: boolean;
  /** Speaks TLS, and nothing else. Default: none, unless `MICRO_TLS_CERT` and the like say so. */
  readonly tls?: TlsOptions;
}

const option = "grpcServer.tls";

/**
 * A server that speaks gRPC, to go-micro's clients, to those of any `.proto`, and to ours.
 * @throws OptionError for an option that makes no sense; on `create`, for certificates that cannot be used.
 */
export function grpcServer({
  maxMessageBytes = 4_194_304,
  messageTimeoutMs = 30_000,
  maxConnections = 10_000,
  maxConcurrentStreams = 250,
  keepAliveMs = 30_000,
  keepAliveTimeoutMs = 20_000,
  compression = "identity",
  health = true,
  reflection = true,
  tls,
  ...others
}: GrpcServerOptions = {}): Plugin<Server> {
  requireWhole("grpcServer.maxMessageBytes", maxMessageBytes, 1);
  requirePositive("grpcServer.messageTimeoutMs", messageTimeoutMs);
  requireWhole("grpcServer.maxConnections", maxConnections, 1);
  requireWhole("grpcServer.maxConcurrentStreams", maxConcurrentStreams, 1);
  requirePositive("grpcServer.keepAliveMs", keepAliveMs);
  requirePositive("grpcServer.keepAliveTimeoutMs", keepAliveTimeoutMs);
  requireOneOf("grpcServer.compression", compression, ["identity", "gzip"]);
  if (tls) requireTls(option, tls);
  const options = engineServerOptions("grpcServer", others);
  return definePlugin(
    Server,
    "grpc",
    async (environment, codecs, registry, broker, ambient, app) => {
      const credentials = await TlsCredentials.open(option, tls, app.settings, environment);
      if (credentials?.unreachable !== undefined) {
        credentials.close();
        throw new OptionError(credentials.unreachable);
      }
      const limits = {
        maxMessageBytes,
        messageTimeoutMs,
        maxConnections,
        maxConcurrentStreams,
        keepAliveMs,
        keepAliveTimeoutMs,
        compression,
      };
      return new EngineServer(
        new GrpcEntrance(limits, environment, { health, reflection }, credentials),
        { environment, codecs, registry, broker, ambient, app },
        options(app.settings),
      );
    },
    [Codecs, Registry, Broker, Ambient, AppOptions] as const,
  );
}

/** For `MICRO_SERVER=grpc`; the address is the server's own setting, `MICRO_SERVER_ADDRESS`. */
export const fromSettings: PluginFromSettings<Server> = () => grpcServer();
