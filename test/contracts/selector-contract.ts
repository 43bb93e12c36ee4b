import { contract, type Contract } from "./clause.js";
import { drawClauses } from "./selector/draw-clauses.js";
import type { SelectorHarness } from "./selector/harness.js";
import { markClauses } from "./selector/mark-clauses.js";

export type { SelectorHarness } from "./selector/harness.js";

/**
 * What every selector that draws from a registry promises. Without a `shardKey` each node gets a
 * share of the draws; how large a share is the strategy's own promise.
 */
export const selectorContract: Contract<SelectorHarness> = contract("a selector", [
  ...drawClauses,
  ...markClauses,
]);
