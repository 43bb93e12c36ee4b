import { drawMutants } from "./selector/draw-mutants.js";
import { markMutants } from "./selector/mark-mutants.js";
import type { SelectorMutant } from "./selector/mutant.js";

export type { SelectorMutant } from "./selector/mutant.js";

/** Broken selectors, at least one for every clause: whoever changes a clause sees that it still bites. */
export const selectorMutants: readonly SelectorMutant[] = [...drawMutants, ...markMutants];
