import { contract, type Contract } from "./clause.js";
import type { RegistryHarness } from "./registry/harness.js";
import { lifetimeClauses } from "./registry/lifetime-clauses.js";
import { recordClauses } from "./registry/record-clauses.js";
import { watchClauses } from "./registry/watch-clauses.js";

export type { RegistryHarness } from "./registry/harness.js";

/** What every registry promises. */
export const registryContract: Contract<RegistryHarness> = contract("a registry", [
  ...recordClauses,
  ...watchClauses,
  ...lifetimeClauses,
]);
