import {
  Broker,
  definePlugin,
  readSettings,
  Registry,
  requirePositive,
  requireText,
  requireTls,
  requireWhole,
  TlsCredentials,
  type Plugin,
  type PluginFromSettings,
  type TlsOptions,
} from "../../../src/spi.js";
import { requireAddress } from "./address.js";
import type { Dialect } from "./envelope.js";
import { HttpBroker } from "./http-broker.js";

/** Options of {@link httpBroker}. */
export interface HttpBrokerOptions {
  /** Where to listen: `host:port`, port 0 for a free one, no host for all. Default `127.0.0.1:0`. */
  readonly address?: string;
  /** `host` or `host:port` that others are told. Default: the bound one. */
  readonly advertise?: string;
  /** Which go-micro to meet: `v1` up to v1.18, `v2` from v2.5 to v6. Default `v2`. */
  readonly dialect?: Dialect;
  /** Milliseconds for one publish, the tries on other members included. Default 5,000. */
  readonly publishTimeoutMs?: number;
  /** Milliseconds for which a lookup is reused. Default 0: each publish sees the latest. */
  readonly cacheMs?: number;
  /** Messages that may wait for one subscription; beyond it publishers are told to wait. Default 1,000. */
  readonly maxQueued?: number;
  /** Bytes of a message's body. Default 4 MiB (4,194,304). */
  readonly maxMessageBytes?: number;
  /**
   * Takes and posts messages over TLS, and nothing else. Default: none, unless `MICRO_TLS_CERT` and the
   * like say so; subscribers that say `secure=true` are then posted to over TLS all the same.
   */
  readonly tls?: TlsOptions;
}

const option = "httpBroker.tls";

/**
 * go-micro's http broker: no server, found through the registry, for development and for meeting
 * processes in Go. Not for production.
 * @throws OptionError for an option that makes no sense; on `create`, for certificates that cannot be used.
 */
export function httpBroker({
  address = "127.0.0.1:0",
  advertise,
  dialect = "v2",
  publishTimeoutMs = 5_000,
  cacheMs = 0,
  maxQueued = 1_000,
  maxMessageBytes = 4_194_304,
  tls,
}: HttpBrokerOptions = {}): Plugin<Broker> {
  const settings = {
    bind: requireAddress("httpBroker.address", address),
    advertise: advertise === undefined ? advertise : requireText("httpBroker.advertise", advertise),
    dialect,
    timeoutMs: requirePositive("httpBroker.publishTimeoutMs", publishTimeoutMs),
    cacheMs: requireWhole("httpBroker.cacheMs", cacheMs),
    maxQueued: requireWhole("httpBroker.maxQueued", maxQueued),
    maxMessageBytes: requireWhole("httpBroker.maxMessageBytes", maxMessageBytes, 1),
  };
  if (tls) requireTls(option, tls);
  return definePlugin(
    Broker,
    "http",
    async (environment, registry) => {
      const said = readSettings(environment.process);
      const credentials = await TlsCredentials.open(option, tls, said, environment);
      return new HttpBroker(settings, registry, environment, credentials);
    },
    [Registry],
  );
}

/** `MICRO_BROKER=http`; the first of `MICRO_BROKER_ADDRESS` is where to listen. */
export const fromSettings: PluginFromSettings<Broker> = ({ addresses: [address] }) =>
  httpBroker(address === undefined ? {} : { address });
