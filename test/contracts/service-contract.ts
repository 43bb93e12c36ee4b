import { contract, type Contract } from "./clause.js";
import { failureClauses } from "./service/failure-clauses.js";
import type { ServiceHarness } from "./service/harness.js";
import { hookClauses } from "./service/hook-clauses.js";
import { runClauses } from "./service/run-clauses.js";

export type { ServiceBreak, ServiceHarness, ServiceProcess } from "./service/harness.js";

/** What every service promises. */
export const serviceContract: Contract<ServiceHarness> = contract("a service", [
  ...hookClauses,
  ...failureClauses,
  ...runClauses,
]);
