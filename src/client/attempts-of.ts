import type { Hedge } from "../call/hedge.js";
import { Attempts } from "./attempts.js";
import type { Outcome } from "./carrier.js";
import { HedgedAttempts, type HedgingParts } from "./hedged-attempts.js";
import type { MadeCall } from "./made-call.js";

/** What attempts of whatever kind are made with. */
export interface AttemptsOfParts extends HedgingParts {
  /** When calls are hedged that say nothing of it; undefined: never. */
  readonly hedge: Hedge | undefined;
}

/** The attempts of a call. */
export interface AnyAttempts {
  /** Makes the first one. Called once. */
  begin(): void;
  /** The call was cancelled. */
  cancel(): void;
}

/** The attempts of a call: one after the other, or hedged where that was asked for and does no harm. */
export function attemptsOf(parts: AttemptsOfParts, made: MadeCall, outcome: Outcome): AnyAttempts {
  const { options, shape } = made;
  const hedge = options.hedge ?? parts.hedge;
  const hedged =
    hedge && made.kind === "unary" && made.retries > 0 && (options.idempotent ?? shape.idempotent);
  return hedged
    ? new HedgedAttempts(parts, made, outcome, hedge)
    : new Attempts(parts, made, outcome);
}
