import { requireWhole } from "../base/options.js";
import { Broker } from "../broker/broker.js";
import { Ambient } from "../call/ambient.js";
import { AppOptions } from "../call/app-options.js";
import { Codecs } from "../codec/codecs.js";
import { definePlugin, type Plugin } from "../plugin/plugin.js";
import { Registry } from "../registry/registry.js";
import { Transport } from "../transport/transport.js";
import { engineServerOptions, type ServerOptions } from "./engine-server-options.js";
import { EngineServer } from "./engine-server.js";
import { MucpEntrance } from "./mucp-entrance.js";
import { Server } from "./server.js";

/** Options of {@link rpcServer}. */
export interface RpcServerOptions extends ServerOptions {
  /** Bytes of one request. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Bytes of a request's headers. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
}

/** The default server as a plugin: mucp over the app's transport. */
export function rpcServer({
  maxMessageBytes = 4_194_304,
  maxHeaderBytes = 16_384,
  ...others
}: RpcServerOptions = {}): Plugin<Server> {
  requireWhole("rpcServer.maxMessageBytes", maxMessageBytes, 1);
  requireWhole("rpcServer.maxHeaderBytes", maxHeaderBytes, 256);
  const options = engineServerOptions("rpcServer", others);
  return definePlugin(
    Server,
    "mucp",
    (environment, transport, codecs, registry, broker, ambient, app) =>
      new EngineServer(
        new MucpEntrance(transport, { maxMessageBytes, maxHeaderBytes }),
        { environment, codecs, registry, broker, ambient, app },
        options(app.settings),
      ),
    [Transport, Codecs, Registry, Broker, Ambient, AppOptions] as const,
  );
}
