import { contract, type Contract } from "./clause.js";
import { callClauses } from "./client/call-clauses.js";
import { contextClauses } from "./client/context-clauses.js";
import { hedgeClauses } from "./client/hedge-clauses.js";
import { lifecycleClauses } from "./client/lifecycle-clauses.js";
import { metadataClauses } from "./client/metadata-clauses.js";
import { retryClauses } from "./client/retry-clauses.js";
import { streamClauses } from "./client/stream-clauses.js";
import type { PairHarness } from "./pair/harness.js";

export type { LogLine, PairBreak, PairHarness, PairNode, PairOptions } from "./pair/harness.js";

/** What every client promises, before a server of the same protocol. */
export const clientContract: Contract<PairHarness> = contract("a client", [
  ...callClauses,
  ...contextClauses,
  ...streamClauses,
  ...retryClauses,
  ...hedgeClauses,
  ...metadataClauses,
  ...lifecycleClauses,
]);
