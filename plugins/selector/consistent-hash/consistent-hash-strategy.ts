import { Remembered, type Choose, type Environment, type Selection } from "../../../src/spi.js";
import { HashRing } from "./hash-ring.js";

/** The node of the call's `shardKey`; any, with equal chance, for a call without one. */
export function consistentHashStrategy({ random }: Pick<Environment, "random">): Choose {
  const rings = new Remembered(
    (candidates: readonly Selection[]) => new HashRing(candidates.map(({ node }) => node.id)),
  );
  return (candidates, { shardKey }) => {
    if (shardKey === undefined) return Math.floor(random.next() * candidates.length);
    return rings.of(candidates).find(shardKey);
  };
}
