/** `host:port` taken apart; an empty host means every interface. */
export interface Address {
  readonly host: string;
  /** First port of a range such as `:5000-5010`, and the last; the same for a single port. */
  readonly port: number;
  readonly lastPort: number;
}

/** Undefined when `address` is no `host:port`. An IPv6 host stands in brackets. */
export function parseAddress(address: string): Address | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(address);
  if (!match) return undefined;
  const port = Number(match[3]);
  const lastPort = match[4] === undefined ? port : Number(match[4]);
  if (port > 65_535 || lastPort > 65_535 || lastPort < port) return undefined;
  return { host: match[1] ?? match[2] ?? "", port, lastPort };
}

/** `host:port`, an IPv6 host in brackets. */
export const formatAddress = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
