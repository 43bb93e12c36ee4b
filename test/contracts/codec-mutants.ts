import { messageMutants } from "./codec/message-mutants.js";
import type { CodecMutant } from "./codec/mutant.js";
import { otherMutants } from "./codec/other-mutants.js";
import { safetyMutants } from "./codec/safety-mutants.js";

export type { CodecMutant } from "./codec/mutant.js";

/** Broken codecs, at least one for every clause: whoever changes a clause sees that it still bites. */
export const codecMutants: readonly CodecMutant[] = [
  ...messageMutants,
  ...safetyMutants,
  ...otherMutants,
];
