import { OptionError, requirePositive } from "../base/options.js";

/**
 * When a further attempt of a call is made although none has failed: after `delayMs` milliseconds
 * without an answer, or after the time within which `percentile` percent of the endpoint's latest calls
 * were answered (95: one call in twenty is hedged). A percentile is learnt from 50 calls; until then
 * nothing is hedged.
 */
export type Hedge =
  | { readonly delayMs: number; readonly percentile?: never }
  | { readonly percentile: number; readonly delayMs?: never };

/** Checks what `option` was given. @throws OptionError for what makes no sense. */
export function requireHedge(option: string, hedge: Hedge): Hedge {
  const { delayMs, percentile } = hedge;
  if ((delayMs === undefined) === (percentile === undefined))
    throw new OptionError(`${option} must have either delayMs or percentile`);
  if (delayMs !== undefined) requirePositive(`${option}.delayMs`, delayMs);
  else if (!(percentile > 0 && percentile < 100))
    throw new OptionError(`${option}.percentile must be above 0 and below 100, got ${percentile}`);
  return hedge;
}
