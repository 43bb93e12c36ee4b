import type { Random } from "../base/environment.js";
import { BadRequest } from "../base/errors.js";
import type { Selection, SelectNext } from "../selector/selector.js";

/**
 * Draws from addresses given with the call, in turn, past registry and selector. Such nodes count
 * as speaking the client's own protocol, as in go-micro.
 */
export function fixedAddresses(
  address: string | readonly string[],
  random: Random,
  protocol = "mucp",
): SelectNext {
  const addresses = typeof address === "string" ? [address] : address;
  if (addresses.length === 0) {
    throw new BadRequest("the option address is an empty list; give `host:port` or leave it out", {
      id: "plugboard.client",
      reason: "client.no-address",
      retry: "never",
    });
  }
  const selections = addresses.map((host): Selection => ({
    node: { id: host, address: host, metadata: { protocol } },
    service: { name: "", version: "", metadata: {}, endpoints: [], nodes: [] },
  }));
  // Calls are spread over the addresses: each begins somewhere else.
  let turn = Math.floor(random.next() * selections.length);
  return (exclude) => {
    const left = selections.filter(({ node }) => !exclude?.has(node.id));
    const from = left.length > 0 ? left : selections;
    return from[turn++ % from.length]!;
  };
}
