import type { ServiceNode } from "../registry/registry.js";
import type { AttemptOutcome, Selection, SelectOptions } from "./selector.js";

/**
 * Picks one of the candidates: the index of the node to use. There is always at least one, and the
 * array stays the same one until the candidates change; endpoints that every node has share it. One
 * strategy is made for each service, so it may keep state; `options` are those of the call.
 */
export type Choose = (candidates: readonly Selection[], options: SelectOptions) => number;

/** A strategy that learns from what it caused. */
export interface LearningStrategy {
  /** Chooses a node that will be called; `mark` will tell how that ended. */
  choose(candidates: readonly Selection[], options: SelectOptions): number;
  /** How an attempt on a node ended. */
  mark(node: ServiceNode, outcome: AttemptOutcome): void;
  /** Ids of the service's nodes from now on; what is known of others may be forgotten. */
  retain(nodes: ReadonlySet<string>): void;
  /** Forgets what was learnt. */
  reset(): void;
}

/** How one of several nodes is chosen. */
export type Strategy = Choose | LearningStrategy;
