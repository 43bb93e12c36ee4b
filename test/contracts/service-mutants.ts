import { failureMutants } from "./service/failure-mutants.js";
import { hookMutants } from "./service/hook-mutants.js";
import type { ServiceMutant } from "./service/mutant.js";
import { runMutants } from "./service/run-mutants.js";

export type { ServiceMutant } from "./service/mutant.js";

/** Broken services, at least one for every clause: whoever changes a clause sees that it still bites. */
export const serviceMutants: readonly ServiceMutant[] = [
  ...hookMutants,
  ...failureMutants,
  ...runMutants,
];
