import type { Settled } from "../support/world.js";
import { none, told, whole, type Figure } from "./figure.js";

/** What became of events, and of calls that must run once. */
export function settledFigures({ deliveries, twice }: Settled): readonly Figure[] {
  return [
    none("calls not idempotent that were run twice", twice),
    ...deliveries.flatMap(({ broker, acknowledged, lost, repeated, refused }) => {
      const refusals = Object.entries(refused).map(
        ([reason, count]) => `${whole(count)} ${reason}`,
      );
      return [
        told(
          `events over ${broker}: acknowledged / repeated / refused`,
          `${whole(acknowledged)} / ${whole(repeated)} / ${refusals.join(", ") || "0"}`,
        ),
        none(`events over ${broker}: acknowledged and lost`, lost),
      ];
    }),
  ];
}
