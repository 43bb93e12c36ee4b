import type { Selection, SelectOptions } from "./selector.js";

/**
 * Picks one of the candidates: the index of the node to use. There is always at least one, and the
 * array stays the same one until the candidates change. One strategy is made for each service, so
 * it may keep state; `options` are those of the call.
 */
export type Strategy = (candidates: readonly Selection[], options: SelectOptions) => number;
