import type { Choose, Environment, Selection } from "../../../src/spi.js";
import { HashRing } from "./hash-ring.js";

/** The node of the call's `shardKey`; any, with equal chance, for a call without one. */
export function consistentHashStrategy({ random }: Pick<Environment, "random">): Choose {
  const rings = new WeakMap<readonly Selection[], HashRing>();
  return (candidates, { shardKey }) => {
    if (shardKey === undefined) return Math.floor(random.next() * candidates.length);
    let ring = rings.get(candidates);
    if (!ring) rings.set(candidates, (ring = new HashRing(candidates.map(({ node }) => node.id))));
    return ring.find(shardKey);
  };
}
