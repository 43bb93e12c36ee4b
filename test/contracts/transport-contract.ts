import { contract } from "./clause.js";
import { addressClauses } from "./transport/address-clauses.js";
import { callClauses } from "./transport/call-clauses.js";
import { closeClauses } from "./transport/close-clauses.js";
import type { TransportHarness } from "./transport/harness.js";
import { limitClauses } from "./transport/limit-clauses.js";
import { messageClauses } from "./transport/message-clauses.js";
import { streamClauses } from "./transport/stream-clauses.js";

export type { TransportHarness } from "./transport/harness.js";

/** What every transport promises. */
export const transportContract = contract<TransportHarness>("Transport", [
  ...messageClauses,
  ...callClauses,
  ...streamClauses,
  ...closeClauses,
  ...addressClauses,
  ...limitClauses,
]);
