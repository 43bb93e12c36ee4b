import type { PairMutant } from "./pair/mutant.js";
import { callMutants } from "./server/call-mutants.js";
import { definitionMutants } from "./server/definition-mutants.js";
import { eventMutants } from "./server/event-mutants.js";
import { lifecycleMutants } from "./server/lifecycle-mutants.js";
import { metadataMutants } from "./server/metadata-mutants.js";
import { registrationMutants } from "./server/registration-mutants.js";

export type { PairMutant } from "./pair/mutant.js";

/** Broken servers, at least one for every clause: whoever changes a clause sees that it still bites. */
export const serverMutants: readonly PairMutant[] = [
  ...definitionMutants,
  ...callMutants,
  ...registrationMutants,
  ...eventMutants,
  ...metadataMutants,
  ...lifecycleMutants,
];
