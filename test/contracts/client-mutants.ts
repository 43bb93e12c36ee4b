import { callMutants } from "./client/call-mutants.js";
import { contextMutants } from "./client/context-mutants.js";
import { hedgeMutants } from "./client/hedge-mutants.js";
import { lifecycleMutants } from "./client/lifecycle-mutants.js";
import { metadataMutants } from "./client/metadata-mutants.js";
import { retryMutants } from "./client/retry-mutants.js";
import { streamMutants } from "./client/stream-mutants.js";
import type { PairMutant } from "./pair/mutant.js";

export type { PairMutant } from "./pair/mutant.js";

/** Broken clients, at least one for every clause: whoever changes a clause sees that it still bites. */
export const clientMutants: readonly PairMutant[] = [
  ...callMutants,
  ...contextMutants,
  ...streamMutants,
  ...retryMutants,
  ...hedgeMutants,
  ...metadataMutants,
  ...lifecycleMutants,
];
