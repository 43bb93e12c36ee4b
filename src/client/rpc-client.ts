import { requirePositive, requireWhole } from "../base/options.js";
import { Broker } from "../broker/broker.js";
import { Ambient } from "../call/ambient.js";
import { AppOptions } from "../call/app-options.js";
import { Codecs } from "../codec/codecs.js";
import { definePlugin, type Plugin } from "../plugin/plugin.js";
import { RegistryCache } from "../registry/registry-cache.js";
import { Selector } from "../selector/selector.js";
import { Transport } from "../transport/transport.js";
import { Client } from "./client.js";
import { engineClientOptions, type ClientOptions } from "./engine-client-options.js";
import { EngineClient } from "./engine-client.js";
import { LaneConnections } from "./lane-connections.js";
import { MucpCarrier } from "./mucp-carrier.js";
import { Pool } from "./pool.js";

/** Options of {@link rpcClient}. */
export interface RpcClientOptions extends ClientOptions {
  /** Milliseconds to wait for a connection. Default 5,000. */
  readonly dialTimeoutMs?: number;
  /** Idle connections kept per node. Default 100. */
  readonly poolSize?: number;
  /** Milliseconds an idle connection is kept. Default 60,000. */
  readonly poolTtlMs?: number;
  /** Bytes of one reply. Default 4 MiB. */
  readonly maxMessageBytes?: number;
}

/** The default client as a plugin: mucp over the app's transport. */
export function rpcClient({
  dialTimeoutMs = 5_000,
  poolSize = 100,
  poolTtlMs = 60_000,
  maxMessageBytes = 4_194_304,
  ...others
}: RpcClientOptions = {}): Plugin<Client> {
  requirePositive("rpcClient.dialTimeoutMs", dialTimeoutMs);
  requireWhole("rpcClient.poolSize", poolSize);
  requirePositive("rpcClient.poolTtlMs", poolTtlMs);
  requireWhole("rpcClient.maxMessageBytes", maxMessageBytes, 1);
  const options = engineClientOptions("rpcClient", others);
  return definePlugin(
    Client,
    "mucp",
    (environment, transport, codecs, selector, cache, broker, ambient, app) => {
      const { name, settings, errors } = app;
      const dial = {
        timeoutMs: settings.duration("CLIENT_DIAL_TIMEOUT", dialTimeoutMs),
        maxMessageBytes,
      };
      const idleMs = settings.duration("CLIENT_POOL_TTL", poolTtlMs);
      const size = settings.number("CLIENT_POOL_SIZE", poolSize);
      const pool = new Pool(environment, transport, dial, size, idleMs);
      const lanes = new LaneConnections(environment, transport, dial, name, idleMs);
      return new EngineClient(
        "mucp",
        new MucpCarrier(pool, lanes, codecs, errors, name, environment.timers),
        { environment, codecs, selector, cache, broker, ambient, app },
        options(settings),
      );
    },
    [Transport, Codecs, Selector, RegistryCache, Broker, Ambient, AppOptions] as const,
  );
}
