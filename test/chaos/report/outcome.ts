import type { Scenario } from "../support/scenario.js";
import type { Figure } from "./figure.js";

/** A scenario that was run, and what came of it. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly figures: readonly Figure[];
}
