import { addressMutants } from "./transport/address-mutants.js";
import { callMutants } from "./transport/call-mutants.js";
import { closeMutants } from "./transport/close-mutants.js";
import { limitMutants } from "./transport/limit-mutants.js";
import { messageMutants } from "./transport/message-mutants.js";
import type { TransportMutant } from "./transport/mutant.js";
import { streamMutants } from "./transport/stream-mutants.js";

export { mutantPlugin, type TransportMutant } from "./transport/mutant.js";

/** Broken transports, at least one for every clause: whoever changes a clause sees that it bites. */
export const transportMutants: readonly TransportMutant[] = [
  ...messageMutants,
  ...callMutants,
  ...streamMutants,
  ...closeMutants,
  ...addressMutants,
  ...limitMutants,
];
