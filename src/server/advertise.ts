import type { Network } from "../base/environment.js";

/** Splits `host:port`; IPv6 hosts stand in brackets. */
export function splitAddress(address: string): { readonly host: string; readonly port: string } {
  const colon = address.lastIndexOf(":");
  if (colon < 0 || address.endsWith("]"))
    return { host: address.replace(/^\[|\]$/g, ""), port: "" };
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: address.slice(colon + 1) };
}

const isPrivate = (address: string): boolean =>
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|fd|fc)/.test(address);

/**
 * The address that others are told: as bound, but for a host that means "every interface", which
 * becomes the first private address of this host, else the first public, else loopback (wire.md 1.6).
 */
export function advertisedAddress(bound: string, network: Network): string {
  const { host, port } = splitAddress(bound);
  if (host !== "" && host !== "0.0.0.0" && host !== "::") return bound;
  const outward = network.addresses().filter(({ internal, family }) => !internal && family === 4);
  const chosen = outward.find(({ address }) => isPrivate(address)) ?? outward[0];
  const address = chosen?.address ?? "127.0.0.1";
  return port ? `${address}:${port}` : address;
}
