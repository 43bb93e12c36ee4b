import { Remembered, type Choose, type Environment, type Selection } from "../../../src/spi.js";

/**
 * Each candidate in turn. The first is drawn by lot, so that many clients that start together do
 * not meet at one node. Calls that filter differently each go round their own candidates; when
 * the candidates change, the turn goes on behind the last node drawn.
 */
export function roundRobinStrategy({ random }: Environment): Choose {
  let last: string | undefined;
  const turns = new Remembered((candidates: readonly Selection[]) => {
    const found = candidates.findIndex(({ node }) => node.id === last);
    return { next: found < 0 ? Math.floor(random.next() * candidates.length) : found + 1 };
  });
  return (candidates) => {
    const turn = turns.of(candidates);
    const index = turn.next % candidates.length;
    turn.next = index + 1;
    last = candidates[index]?.node.id;
    return index;
  };
}
