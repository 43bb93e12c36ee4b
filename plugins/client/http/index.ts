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
import { HttpCarrier } from "./http-carrier.js";
import { loadUndici } from "./load-undici.js";
import { Pools } from "./pools.js";

/** Options of {@link httpClient}. */
export interface HttpClientOptions extends ClientOptions {
  /** Milliseconds to wait for a connection. Default 5,000. */
  readonly dialTimeoutMs?: number;
  /** Milliseconds that a connection without a call is kept, at most; the server may say less. Default 60,000. */
  readonly poolTtlMs?: number;
  /** Connections to one node; further calls wait for one, and a stream keeps its own. Default 256. */
  readonly maxConnections?: number;
  /** Bytes of one reply, or of one line of a stream of them. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Bytes of a reply's headers. Default 16,384. */
  readonly maxHeaderBytes?: number;
  /** Speaks TLS, and nothing else. Default: none, unless `MICRO_TLS_CA` and the like say so. */
  readonly tls?: TlsOptions;
}

const option = "httpClient.tls";

/**
 * A client that speaks JSON over plain HTTP, as `plugins/server/http` serves it.
 * @throws OptionError for an option that makes no sense; on `create`, for certificates that cannot be used,
 *   and NotImplemented (`plugin.package-missing`) without the package undici.
 */
export function httpClient({
  dialTimeoutMs = 5_000,
  poolTtlMs = 60_000,
  maxConnections = 256,
  maxMessageBytes = 4_194_304,
  maxHeaderBytes = 16_384,
  tls,
  ...others
}: HttpClientOptions = {}): Plugin<Client> {
  requirePositive("httpClient.dialTimeoutMs", dialTimeoutMs);
  requirePositive("httpClient.poolTtlMs", poolTtlMs);
  requireWhole("httpClient.maxConnections", maxConnections, 1);
  requireWhole("httpClient.maxMessageBytes", maxMessageBytes, 1);
  requireWhole("httpClient.maxHeaderBytes", maxHeaderBytes, 1);
  if (tls) requireTls(option, tls);
  const options = engineClientOptions("httpClient", others);
  return definePlugin(
    Client,
    "http",
    async (environment, codecs, selector, cache, broker, ambient, app) => {
      const { name, settings, errors } = app;
      const undici = await loadUndici();
      const credentials = await TlsCredentials.open(option, tls, settings, environment);
      const limits = {
        dialTimeoutMs: settings.duration("CLIENT_DIAL_TIMEOUT", dialTimeoutMs),
        idleMs: settings.duration("CLIENT_POOL_TTL", poolTtlMs),
        maxConnections: settings.number("CLIENT_POOL_SIZE", maxConnections),
        maxHeaderBytes,
      };
      const pools = new Pools(undici, environment, limits, credentials);
      return new EngineClient(
        "http",
        new HttpCarrier(pools, {
          codecs,
          errors,
          from: name,
          maxMessageBytes,
          tls: credentials !== undefined,
        }),
        { environment, codecs, selector, cache, broker, ambient, app },
        options(settings),
      );
    },
    [Codecs, Selector, RegistryCache, Broker, Ambient, AppOptions] as const,
  );
}

/** For `MICRO_CLIENT=http`. */
export const fromSettings: PluginFromSettings<Client> = () => httpClient();
