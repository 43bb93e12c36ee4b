import type { Chance } from "../chance.js";

/** A copy with an item dropped, doubled, moved, or taken from another list. */
export function mutateList<T>(
  items: readonly T[],
  chance: Chance,
  others: readonly T[] = items,
): T[] {
  const changed = [...items];
  const at = chance.below(changed.length);
  const to = chance.below(changed.length + 1);
  switch (chance.below(4)) {
    case 0:
      changed.splice(at, 1);
      break;
    case 1:
      if (changed.length > 0) changed.splice(to, 0, changed[at]!);
      break;
    case 2:
      changed.splice(to, 0, ...changed.splice(at, 1));
      break;
    default:
      if (others.length > 0) changed.splice(to, 0, chance.of(others));
  }
  return changed;
}

/** Two lists in one, each in its own order. */
export function interleave<T>(one: readonly T[], other: readonly T[], chance: Chance): T[] {
  const [left, right] = [[...one], [...other]];
  const mixed: T[] = [];
  while (left.length > 0 || right.length > 0) {
    const from = right.length === 0 || (left.length > 0 && chance.once(2)) ? left : right;
    mixed.push(from.shift()!);
  }
  return mixed;
}
