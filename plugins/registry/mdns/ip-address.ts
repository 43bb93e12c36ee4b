/** The four bytes of `127.0.0.1`; undefined for anything else. */
export function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const fits = (part: string): boolean => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256;
  return parts.length === 4 && parts.every(fits) ? Uint8Array.from(parts, Number) : undefined;
}

/** The sixteen bytes of an IPv6 address without brackets or zone; undefined for anything else. */
export function ipv6Bytes(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const groups = [...(head ?? []), ...(tail ?? [])];
  const missing = 8 - groups.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const all = [...(head ?? []), ...Array<string>(missing).fill("0"), ...(tail ?? [])];
  return Uint8Array.from(all.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16)]));
}

/** The text of four or sixteen bytes; IPv6 with its longest row of zeros shortened (RFC 5952). */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const view = Buffer.from(bytes);
  const groups = Array.from({ length: 8 }, (_, at) => view.readUInt16BE(at * 2).toString(16));
  const rows = groups.join(":").match(/\b0(:0)+\b/g) ?? [];
  const longest = rows.reduce((best, row) => (row.length > best.length ? row : best), "");
  if (longest === "") return groups.join(":");
  const text = groups.join(":");
  const at = text.search(new RegExp(`\\b${longest}\\b`));
  const before = text.slice(0, at).replace(/:$/, "");
  return `${before}::${text.slice(at + longest.length).replace(/^:/, "")}`;
}

/** Host and port of a node's address, the host as bytes; undefined unless it is `IP:port`. */
export function splitAddress(
  address: string,
): { readonly host: Uint8Array; readonly port: number } | undefined {
  const [, v6, v4, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = v6 === undefined ? ipv4Bytes(v4 ?? "") : ipv6Bytes(v6);
  const port = Number(digits);
  return host && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** `host:port` with IPv6 hosts in brackets. */
export const joinAddress = (host: Uint8Array, port: number): string =>
  host.length === 4 ? `${ipText(host)}:${port}` : `[${ipText(host)}]:${port}`;
