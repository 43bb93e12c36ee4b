import { remembered } from "./remembered.js";
import type { Selection } from "./selector.js";
import type { Choose } from "./strategy.js";

/** Metadata that a node must have to be preferred, such as `{ zone: "eu-1" }`. */
export type Labels = Readonly<Record<string, string>>;

interface Preferred {
  readonly list: readonly Selection[];
  /** Where the members of `list` stand among the candidates. */
  readonly places: readonly number[] | undefined;
}

/**
 * Leaves to `choose` only the candidates with the first of these labels that any of them has; all
 * of them where none has any. Labels are in order of preference.
 */
export function preferring(labels: readonly Labels[], choose: Choose): Choose {
  if (labels.length === 0) return choose;
  const preferredOf = remembered((candidates: readonly Selection[]) => prefer(labels, candidates));
  return (candidates, options) => {
    const { list, places } = preferredOf(candidates);
    const chosen = choose(list, options);
    return places ? places[chosen]! : chosen;
  };
}

function prefer(labels: readonly Labels[], candidates: readonly Selection[]): Preferred {
  for (const wanted of labels) {
    const entries = Object.entries(wanted);
    const places = candidates.flatMap(({ node: { metadata } }, place) =>
      entries.every(([name, value]) => metadata[name] === value) ? [place] : [],
    );
    if (places.length > 0) return { list: places.map((place) => candidates[place]!), places };
  }
  return { list: candidates, places: undefined };
}
