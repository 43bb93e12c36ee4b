import type { Network } from "../base/environment.js";
import type { ServiceNode } from "../registry/registry.js";
import { isLocal } from "./is-local.js";
import { Remembered } from "./remembered.js";
import type { Selection } from "./selector.js";
import type { Choose } from "./strategy.js";

/** Metadata that a node must have to be preferred, such as `{ zone: "eu-1" }`. */
export type Labels = Readonly<Record<string, string>>;

/** Which nodes are preferred: those with such metadata, or those on this machine. */
export type Preference = Labels | "local";

interface Preferred {
  readonly list: readonly Selection[];
  /** Where the members of `list` stand among the candidates. */
  readonly places: readonly number[] | undefined;
}

/**
 * Leaves to `choose` only the candidates that the first of these preferences holds for, if it holds for
 * any of them, else the second, and so on; all of them where none does.
 */
export function preferring(
  preferences: readonly Preference[],
  choose: Choose,
  network: Pick<Network, "addresses" | "hostname">,
): Choose {
  if (preferences.length === 0) return choose;
  const preferred = new Remembered((candidates: readonly Selection[]) =>
    prefer(preferences, candidates, network),
  );
  return (candidates, options) => {
    const { list, places } = preferred.of(candidates);
    const chosen = choose(list, options);
    return places ? places[chosen]! : chosen;
  };
}

function prefer(
  preferences: readonly Preference[],
  candidates: readonly Selection[],
  network: Pick<Network, "addresses" | "hostname">,
): Preferred {
  for (const preference of preferences) {
    const holds = preference === "local" ? isLocal(network) : hasLabels(preference);
    const places = candidates.flatMap(({ node }, place) => (holds(node) ? [place] : []));
    if (places.length > 0) return { list: places.map((place) => candidates[place]!), places };
  }
  return { list: candidates, places: undefined };
}

function hasLabels(wanted: Labels): (node: ServiceNode) => boolean {
  const entries = Object.entries(wanted);
  return ({ metadata }) => entries.every(([name, value]) => metadata[name] === value);
}
