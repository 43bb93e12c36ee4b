import {
  definePlugin,
  OptionError,
  Registry,
  requirePositive,
  requireWhole,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { nameBytes } from "./dns-name.js";
import { ipv4Bytes } from "./ip-address.js";
import { MdnsRegistry } from "./mdns-registry.js";

/** Options of {@link mdnsRegistry}. All nodes of a cluster need the same `port` and `domain`. */
export interface MdnsRegistryOptions {
  /** UDP port. Default 5,353 (RFC 6762), shared with whoever else uses it on this host. */
  readonly port?: number;
  /** IPv4 address of the interface to use. Default: the system's choice. */
  readonly multicastInterface?: string;
  /** Last part of every name, without dots around it. Default `micro`, as in go-micro. */
  readonly domain?: string;
  /** Milliseconds to wait for answers; every lookup takes this long. Default 100, as in go-micro. */
  readonly queryWindowMs?: number;
  /** This host's name in the records; nothing resolves it. Default: the system's. */
  readonly host?: string;
}

/** Finds services on the local network by multicast DNS, without a server; go-micro's default. */
export function mdnsRegistry({
  port = 5_353,
  multicastInterface,
  domain = "micro",
  queryWindowMs = 100,
  host,
}: MdnsRegistryOptions = {}): Plugin<Registry> {
  requireWhole("mdnsRegistry.port", port, 1);
  requirePositive("mdnsRegistry.queryWindowMs", queryWindowMs);
  if (multicastInterface !== undefined && !ipv4Bytes(multicastInterface))
    throw new OptionError(
      `mdnsRegistry.multicastInterface must be an IPv4 address of this host, got ${JSON.stringify(multicastInterface)}`,
    );
  for (const [option, name] of Object.entries({ domain, host: host ?? domain }))
    if (!isName(`${name}.`))
      throw new OptionError(
        `mdnsRegistry.${option} must be a DNS name, got ${JSON.stringify(name)}`,
      );
  return definePlugin(Registry, "mdns", (environment) => {
    const named = hostName(host ?? environment.network.hostname());
    const settings = { port, multicastInterface, domain, queryWindowMs, host: named };
    return new MdnsRegistry(settings, environment);
  });
}

/** The system's name as a DNS name; `host.` when it cannot be one. */
function hostName(name: string): string {
  const full = name.endsWith(".") ? name : `${name}.`;
  return isName(full) ? full : "host.";
}

function isName(name: string): boolean {
  try {
    return nameBytes(name).length > 1;
  } catch {
    return false;
  }
}

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Registry> = ({ addresses: [multicastInterface] }) =>
  mdnsRegistry(multicastInterface === undefined ? {} : { multicastInterface });
