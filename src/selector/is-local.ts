import type { Network } from "../base/environment.js";
import type { ServiceNode } from "../registry/registry.js";

/** Tells whether a node is on this machine, by the host of its address. */
export function isLocal(
  network: Pick<Network, "addresses" | "hostname">,
): (node: ServiceNode) => boolean {
  const hosts = new Set(["localhost", network.hostname().toLowerCase()]);
  for (const { address } of network.addresses()) hosts.add(address.toLowerCase());
  return ({ address }) => {
    const host = address.replace(/:\d*$/, "").replace(/^\[|\]$/g, "");
    return host.startsWith("127.") || hosts.has(host.toLowerCase());
  };
}
