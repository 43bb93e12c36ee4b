import { lifetimeMutants } from "./registry/lifetime-mutants.js";
import type { RegistryMutant } from "./registry/mutant.js";
import { recordMutants } from "./registry/record-mutants.js";
import { watchMutants } from "./registry/watch-mutants.js";

export type { RegistryMutant } from "./registry/mutant.js";

/** Broken registries, at least one for every clause: whoever changes a clause sees that it still bites. */
export const registryMutants: readonly RegistryMutant[] = [
  ...recordMutants,
  ...watchMutants,
  ...lifetimeMutants,
];
