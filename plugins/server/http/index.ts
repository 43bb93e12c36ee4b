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
  requireTls,
  requireWhole,
  Server,
  TlsCredentials,
  type Plugin,
  type PluginFromSettings,
  type ServerOptions,
  type TlsOptions,
} from "../../../src/spi.js";
import { Cors, type CorsOptions } from "./cors.js";
import type { Configure } from "./http-app.js";
import { HttpEntrance } from "./http-entrance.js";
import { loadFastify } from "./load-fastify.js";

export type { CorsOptions } from "./cors.js";
export type { Configure } from "./http-app.js";

/** Options of {@link httpServer}. */
export interface HttpServerOptions extends ServerOptions {
  /** Bytes of one request, or of one line of a stream of them. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Bytes of a request's headers. Default 16,384. */
  readonly maxHeaderBytes?: number;
  /** Connections at once; more are closed. Default 10,000. */
  readonly maxConnections?: number;
  /** Milliseconds that a request's headers may take to arrive, and a request that is no stream. Default 30,000. */
  readonly messageTimeoutMs?: number;
  /** Milliseconds that a connection without a call is kept. Default 120,000. */
  readonly idleTimeoutMs?: number;
  /** Which pages of other origins may call from a browser. Default: none. */
  readonly cors?: CorsOptions;
  /** Adds routes, hooks and plugins of Fastify's own, before the server listens. */
  readonly configure?: Configure;
  /**
   * Whether `/health` and `/ready` are answered, to whoever asks, whatever the layers say. Default true:
   * they tell no more than that the server is there and takes calls.
   */
  readonly health?: boolean;
  /** Speaks TLS, and nothing else. Default: none, unless `MICRO_TLS_CERT` and the like say so. */
  readonly tls?: TlsOptions;
}

const option = "httpServer.tls";

/**
 * A server that speaks JSON over plain HTTP: to browsers, curl, load balancers, and our own client.
 * @throws OptionError for an option that makes no sense; on `create`, for certificates that cannot be used,
 *   and NotImplemented (`plugin.package-missing`) without the package fastify.
 */
export function httpServer({
  maxMessageBytes = 4_194_304,
  maxHeaderBytes = 16_384,
  maxConnections = 10_000,
  messageTimeoutMs = 30_000,
  idleTimeoutMs = 120_000,
  cors,
  configure,
  health = true,
  tls,
  ...others
}: HttpServerOptions = {}): Plugin<Server> {
  requireWhole("httpServer.maxMessageBytes", maxMessageBytes, 1);
  requireWhole("httpServer.maxHeaderBytes", maxHeaderBytes, 1);
  requireWhole("httpServer.maxConnections", maxConnections, 1);
  requireWhole("httpServer.messageTimeoutMs", messageTimeoutMs, 1);
  requireWhole("httpServer.idleTimeoutMs", idleTimeoutMs, 1);
  if (tls) requireTls(option, tls);
  const options = engineServerOptions("httpServer", others);
  const allowed = cors && new Cors(cors);
  return definePlugin(
    Server,
    "http",
    async (environment, codecs, registry, broker, ambient, app) => {
      const limits = {
        maxMessageBytes,
        maxHeaderBytes,
        maxConnections,
        messageTimeoutMs,
        idleTimeoutMs,
      };
      const fastify = await loadFastify();
      const credentials = await TlsCredentials.open(option, tls, app.settings, environment);
      if (credentials?.unreachable !== undefined) {
        credentials.close();
        throw new OptionError(credentials.unreachable);
      }
      const entrance = { limits, cors: allowed, configure, health, tls: credentials };
      return new EngineServer(
        new HttpEntrance(fastify, entrance, environment),
        { environment, codecs, registry, broker, ambient, app },
        options(app.settings),
      );
    },
    [Codecs, Registry, Broker, Ambient, AppOptions] as const,
  );
}

/** For `MICRO_SERVER=http`; the address is the server's own setting, `MICRO_SERVER_ADDRESS`. */
export const fromSettings: PluginFromSettings<Server> = () => httpServer();
