import {
  Ambient,
  AppOptions,
  Broker,
  Client,
  Codecs,
  definePlugin,
  EngineClient,
  engineClientOptions,
  RegistryCache,
  requireOneOf,
  requirePositive,
  requireTls,
  requireWhole,
  Selector,
  TlsCredentials,
  type ClientOptions,
  type Plugin,
  type PluginFromSettings,
  type TlsOptions,
} from "../../../src/spi.js";
import { GrpcCarrier } from "./grpc-carrier.js";
import { Sessions } from "./sessions.js";

/** Options of {@link grpcClient}. */
export interface GrpcClientOptions extends ClientOptions {
  /** Milliseconds to wait for a connection. Default 5,000. */
  readonly dialTimeoutMs?: number;
  /** Milliseconds that a connection without calls is kept. Default 60,000. */
  readonly poolTtlMs?: number;
  /** Bytes of one reply. Default 4 MiB, gRPC's own. */
  readonly maxMessageBytes?: number;
  /**
   * Milliseconds of silence in a call after which the server is asked whether it is there. Default
   * 300,000: servers in Go cut off whoever asks more often, unless they are told otherwise.
   */
  readonly keepAliveMs?: number;
  /** Milliseconds that it has to answer. Default 20,000, gRPC's own. */
  readonly keepAliveTimeoutMs?: number;
  /**
   * `gzip` compresses requests, until a server says that it cannot read that. Default `identity`: none.
   * Replies are read either way; `maxMessageBytes` bounds what they come to.
   */
  readonly compression?: "identity" | "gzip";
  /** Speaks TLS, and nothing else. Default: none, unless `MICRO_TLS_CA` and the like say so. */
  readonly tls?: TlsOptions;
}

const option = "grpcClient.tls";

/**
 * A client that speaks gRPC, to go-micro's servers, to those of any `.proto`, and to ours.
 * @throws OptionError for an option that makes no sense; on `create`, for certificates that cannot be used.
 */
export function grpcClient({
  dialTimeoutMs = 5_000,
  poolTtlMs = 60_000,
  maxMessageBytes = 4_194_304,
  keepAliveMs = 300_000,
  keepAliveTimeoutMs = 20_000,
  compression = "identity",
  tls,
  ...others
}: GrpcClientOptions = {}): Plugin<Client> {
  requirePositive("grpcClient.dialTimeoutMs", dialTimeoutMs);
  requirePositive("grpcClient.poolTtlMs", poolTtlMs);
  requireWhole("grpcClient.maxMessageBytes", maxMessageBytes, 1);
  requirePositive("grpcClient.keepAliveMs", keepAliveMs);
  requirePositive("grpcClient.keepAliveTimeoutMs", keepAliveTimeoutMs);
  requireOneOf("grpcClient.compression", compression, ["identity", "gzip"]);
  if (tls) requireTls(option, tls);
  const options = engineClientOptions("grpcClient", others);
  return definePlugin(
    Client,
    "grpc",
    async (environment, codecs, selector, cache, broker, ambient, app) => {
      const { name, settings, errors } = app;
      const credentials = await TlsCredentials.open(option, tls, settings, environment);
      const sessions = new Sessions(
        environment,
        {
          dialTimeoutMs: settings.duration("CLIENT_DIAL_TIMEOUT", dialTimeoutMs),
          idleMs: settings.duration("CLIENT_POOL_TTL", poolTtlMs),
          keepAliveMs,
          keepAliveTimeoutMs,
        },
        credentials,
      );
      const parts = { codecs, errors, from: name, maxMessageBytes, compression };
      return new EngineClient(
        "grpc",
        new GrpcCarrier(sessions, parts),
        { environment, codecs, selector, cache, broker, ambient, app },
        options(settings),
      );
    },
    [Codecs, Selector, RegistryCache, Broker, Ambient, AppOptions] as const,
  );
}

/** For `MICRO_CLIENT=grpc`. */
export const fromSettings: PluginFromSettings<Client> = () => grpcClient();
