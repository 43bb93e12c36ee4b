import { OptionError, type Network } from "../../../src/spi.js";

/** A host and port. An empty host stands for every interface. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, `[ipv6]:port` or `:port`; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.%]+)\]|([0-9A-Za-z._-]*)):([0-9]{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  return parts && port <= 65_535 ? { host: parts[1] ?? parts[2] ?? "", port } : undefined;
}

/** The same, for an option. @throws OptionError that names the option. */
export function requireAddress(option: string, text: string): Address {
  const address = parseAddress(text);
  if (!address) throw new OptionError(`${option} must be host:port, got ${JSON.stringify(text)}`);
  return address;
}

/** `host:port`, an IPv6 host in brackets. */
export const formatAddress = ({ host, port }: Address): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/**
 * The address that others are told: `advertise` (`host` or `host:port`), else the bound one; a bound
 * wildcard becomes this machine's first private IPv4 address, else its first public one, else
 * loopback.
 */
export function advertisedAddress(
  bound: Address,
  advertise: string | undefined,
  network: Network,
): string {
  if (advertise !== undefined) {
    const host = advertise.startsWith("[") ? advertise.slice(1, -1) : advertise;
    return formatAddress(parseAddress(advertise) ?? { host, port: bound.port });
  }
  if (!["", "0.0.0.0", "::"].includes(bound.host)) return formatAddress(bound);
  const candidates = network
    .addresses()
    .filter(({ family, internal }) => family === 4 && !internal);
  const isPrivate = /^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.)/;
  const chosen = candidates.find(({ address }) => isPrivate.test(address)) ?? candidates[0];
  return formatAddress({ host: chosen?.address ?? "127.0.0.1", port: bound.port });
}
