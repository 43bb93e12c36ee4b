import { Remembered, type Choose, type Environment, type Selection } from "../../../src/spi.js";

/** Endpoints of a service whose rounds are kept; with one more, all begin anew. */
const maxEndpoints = 256;

/**
 * Each candidate in turn, for each endpoint by itself: two endpoints that are called by turns would meet
 * each the same half of the nodes otherwise. The first is drawn by lot, so that many clients that start
 * together do not meet at one node.
 */
export function roundRobinStrategy({ random }: Pick<Environment, "random">): Choose {
  const rounds = new Map<string | undefined, Choose>();
  return (candidates, options) => {
    const { endpoint } = options;
    let round = rounds.get(endpoint);
    if (round === undefined) {
      if (rounds.size >= maxEndpoints) rounds.clear();
      rounds.set(endpoint, (round = newRound(random)));
    }
    return round(candidates, options);
  };
}

/**
 * Calls that filter differently each go round their own candidates; when the candidates change, the turn
 * goes on behind the last node drawn.
 */
function newRound(random: Environment["random"]): Choose {
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
