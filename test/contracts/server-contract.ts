import { contract, type Contract } from "./clause.js";
import type { PairHarness } from "./pair/harness.js";
import { callClauses } from "./server/call-clauses.js";
import { definitionClauses } from "./server/definition-clauses.js";
import { eventClauses } from "./server/event-clauses.js";
import { lifecycleClauses } from "./server/lifecycle-clauses.js";
import { metadataClauses } from "./server/metadata-clauses.js";
import { registrationClauses } from "./server/registration-clauses.js";

export type { LogLine, PairBreak, PairHarness, PairNode, PairOptions } from "./pair/harness.js";

/** What every server promises, behind a client of the same protocol. */
export const serverContract: Contract<PairHarness> = contract("a server", [
  ...definitionClauses,
  ...callClauses,
  ...registrationClauses,
  ...eventClauses,
  ...metadataClauses,
  ...lifecycleClauses,
]);
