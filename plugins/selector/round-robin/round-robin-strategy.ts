import type { Environment, Selection, Choose } from "../../../src/spi.js";

/**
 * Each candidate in turn. The first is drawn by lot, so that many clients that start together do
 * not meet at one node. Calls that filter differently each go round their own candidates; when
 * the candidates change, the turn goes on behind the last node drawn.
 */
export function roundRobinStrategy({ random }: Environment): Choose {
  const turns = new WeakMap<readonly Selection[], number>();
  let last: string | undefined;
  return (candidates) => {
    let turn = turns.get(candidates);
    if (turn === undefined) {
      const found = candidates.findIndex(({ node }) => node.id === last);
      turn = found < 0 ? Math.floor(random.next() * candidates.length) : found + 1;
    }
    const index = turn % candidates.length;
    turns.set(candidates, index + 1);
    last = candidates[index]?.node.id;
    return index;
  };
}
