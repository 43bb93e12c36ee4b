import {
  definePlugin,
  OptionError,
  Registry,
  requirePositive,
  requireText,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import type { EtcdTls } from "./etcd-tls.js";
import { parseEndpoint } from "./endpoint.js";
import { EtcdRegistry } from "./etcd-registry.js";
import { loadEtcd3 } from "./load-etcd3.js";

export type { EtcdTls };

/** Options of {@link etcdRegistry}. */
export interface EtcdRegistryOptions {
  /**
   * Members of etcd: `host:port`, with `http://` or `https://` before it if you like. One is used,
   * the others are asked when it fails. Default `["127.0.0.1:2379"]`; a port left out is 2379.
   */
  readonly endpoints?: readonly string[];
  /** Name of the user, where etcd wants one. */
  readonly username?: string;
  /** The user's password. */
  readonly password?: string;
  /** Speaks TLS. `{}` trusts the system's authorities, as `https://` in every endpoint does. */
  readonly tls?: EtcdTls;
  /** What every key begins with; ends with `/`. Default `/micro/registry/`, as in go-micro. */
  readonly prefix?: string;
  /** Milliseconds that a request may take, all members and attempts together. Default 3,000. */
  readonly requestTimeoutMs?: number;
  /**
   * Milliseconds, more or less, between comparisons of what is known with what etcd has, in case
   * that a watch missed something or somebody removed a node. Default 60,000.
   */
  readonly resyncMs?: number;
}

/**
 * Keeps nodes in etcd, over its v3 API and in go-micro's form.
 * @throws OptionError for an option that makes no sense; on `create`, NotImplemented (`plugin.package-missing`) without the package etcd3.
 */
export function etcdRegistry({
  endpoints = ["127.0.0.1:2379"],
  username,
  password,
  tls,
  prefix = "/micro/registry/",
  requestTimeoutMs = 3_000,
  resyncMs = 60_000,
}: EtcdRegistryOptions = {}): Plugin<Registry> {
  requirePositive("etcdRegistry.requestTimeoutMs", requestTimeoutMs);
  requirePositive("etcdRegistry.resyncMs", resyncMs);
  if (!requireText("etcdRegistry.prefix", prefix).endsWith("/"))
    throw new OptionError(`etcdRegistry.prefix must end with "/", got ${JSON.stringify(prefix)}`);
  const user = userOf(username, password);
  const parsed = endpoints.map((text) => parseEndpoint("etcdRegistry.endpoints", text));
  if (parsed.length === 0)
    throw new OptionError("etcdRegistry.endpoints must name one member of etcd or more, got []");
  if (parsed.some((endpoint) => endpoint.user))
    throw new OptionError(
      "etcdRegistry.endpoints must not hold a user: say username and password instead",
    );
  const settings = {
    addresses: parsed.map(({ address }) => address),
    user,
    tls: tlsOf(
      tls,
      parsed.map(({ secure }) => secure),
    ),
    prefix,
    requestTimeoutMs,
    resyncMs,
  };
  return definePlugin(
    Registry,
    "etcd",
    async (environment) => new EtcdRegistry(await loadEtcd3(), settings, environment),
  );
}

function userOf(username: string | undefined, password: string | undefined) {
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined)
    throw new OptionError("etcdRegistry.username and etcdRegistry.password go together");
  return { name: requireText("etcdRegistry.username", username), password };
}

function tlsOf(
  tls: EtcdTls | undefined,
  secure: readonly (boolean | undefined)[],
): EtcdTls | undefined {
  const needed = tls ?? (secure.includes(true) ? {} : undefined);
  if (needed && secure.includes(false))
    throw new OptionError("etcdRegistry.endpoints must all speak TLS, or none of them");
  if (needed && (needed.certificate === undefined) !== (needed.key === undefined))
    throw new OptionError("etcdRegistry.tls.certificate and etcdRegistry.tls.key go together");
  return needed;
}

/** Settings read `host:port`, `https://host:port` or `http://user:password@host:port`. */
export const fromSettings: PluginFromSettings<Registry> = ({ addresses }) => {
  if (addresses.length === 0) return etcdRegistry();
  const parsed = addresses.map((text) => parseEndpoint("an address of the etcd registry", text));
  const user = parsed.find((endpoint) => endpoint.user)?.user;
  return etcdRegistry({
    endpoints: parsed.map(({ address, secure }) =>
      secure === undefined ? address : `${secure ? "https" : "http"}://${address}`,
    ),
    ...(user && { username: user.name, password: user.password }),
  });
};
