import { Limited, type Deadlines } from "../base/deadlines.js";
import { RpcError } from "../base/error.js";
import { Canceled } from "../base/errors.js";
import type { Hedge } from "../call/hedge.js";
import type { AttemptsParts } from "./attempts.js";
import type { Outcome } from "./carrier.js";
import type { EndpointLatencies } from "./endpoint-latencies.js";
import { HedgedAttempt, type HedgedCall } from "./hedged-attempt.js";
import type { LatencyWindow } from "./latency-window.js";
import type { MadeCall } from "./made-call.js";
import { backoffMs, foundNobody, mayRetry } from "./retry.js";

/** What hedged calls are made with. */
export interface HedgingParts extends AttemptsParts {
  readonly deadlines: Deadlines;
  readonly latencies: EndpointLatencies;
}

/**
 * The attempts of a hedged call. A further one is made when one fails, as without hedging, and also
 * when none has answered for a while: on a node that was not tried, beside those under way. The first reply
 * ends the call, as does the first error after which another attempt is pointless; what is still under
 * way then is cancelled. All that come after the first draw on the retry budget, but for those that follow
 * one which found nobody.
 */
export class HedgedAttempts extends Limited implements HedgedCall {
  /** Those under way, or about to be made. */
  readonly #open = new Set<HedgedAttempt>();
  readonly #tried = new Set<string>();
  /** Learns, where the delay is learnt. */
  readonly #latencies: LatencyWindow | undefined;
  /** Milliseconds without an answer; undefined while that has to be learnt. */
  readonly #delayMs: number | undefined;
  #first: HedgedAttempt | undefined;
  #count = 0;
  /** The node has said when to try again: no further attempt is made. */
  #pushedBack = false;
  #lastError: unknown;

  constructor(
    private readonly parts: HedgingParts,
    private readonly made: MadeCall,
    private readonly outcome: Outcome,
    { delayMs, percentile }: Hedge,
  ) {
    super();
    if (percentile === undefined) this.#delayMs = delayMs;
    else {
      this.#latencies = parts.latencies.of(made.service, made.shape.endpoint);
      const within = this.#latencies.percentile(percentile);
      // Later than that: calls that take just as long are no slow ones.
      this.#delayMs = within === undefined ? undefined : Math.floor(within) + 1;
    }
  }

  /** Makes the first attempt, and further ones. */
  begin(): void {
    this.#make(false, 0);
  }

  /** The call was cancelled: ends every attempt. */
  cancel(): void {
    const { reason } = this.made;
    if (!reason) return;
    this.#end(reason);
    this.outcome.failed(reason);
  }

  /** None has answered for a while. */
  expired(): void {
    if (this.#mayGoOn() && this.parts.budget.spend()) this.#make(true, 0);
  }

  placed(): void {
    const { deadlines, environment } = this.parts;
    if (this.#delayMs === undefined || !this.#mayGoOn()) return;
    deadlines.remove(this);
    deadlines.add(this, this.#delayMs, environment.clock.monotonic());
  }

  unplaced(attempt: HedgedAttempt): void {
    this.parts.budget.refund();
    this.#count--;
    this.#open.delete(attempt);
    if (this.#open.size === 0) this.#fail(this.#lastError);
  }

  replied(attempt: HedgedAttempt, reply: unknown): void {
    this.#learn();
    this.#open.delete(attempt);
    this.#end(answered);
    attempt.counts();
    this.outcome.replied(reply);
  }

  failed(attempt: HedgedAttempt, error: unknown): void {
    this.#open.delete(attempt);
    this.#lastError = error;
    if (pushesBack(error)) this.#pushedBack = true;
    if (!mayRetry(error, true)) {
      this.#fail(error, attempt);
      return;
    }
    const { budget, environment, deadlines } = this.parts;
    if (this.#mayGoOn() && (foundNobody(error) || budget.spend())) {
      deadlines.remove(this);
      this.#make(false, backoffMs(this.#count, environment.random));
    } else if (this.#open.size === 0) this.#fail(error, attempt);
  }

  #mayGoOn(): boolean {
    return !this.#pushedBack && this.#count <= this.made.retries;
  }

  #make(elsewhere: boolean, afterMs: number): void {
    const before = this.#count++;
    const attempt = new HedgedAttempt(this.parts, this.made, this, {
      before,
      tried: this.#tried,
      elsewhere,
    });
    this.#first ??= attempt;
    this.#open.add(attempt);
    attempt.begin(afterMs);
  }

  #fail(error: unknown, attempt?: HedgedAttempt): void {
    this.#end(answered);
    attempt?.counts();
    this.outcome.failed(error);
  }

  #end(reason: RpcError): void {
    this.parts.deadlines.remove(this);
    for (const attempt of this.#open) attempt.cancel(reason);
    this.#open.clear();
  }

  /**
   * What the first attempt took; if it lost, what it has taken so far. That is above the delay, and so
   * counts among the slow ones, as it should: counting winners alone would make the delay ever shorter.
   */
  #learn(): void {
    const first = this.#first!;
    if (!this.#latencies || !this.#open.has(first)) return;
    const now = this.parts.environment.clock.monotonic();
    this.#latencies.add(now - first.placedAt!);
  }
}

/** Why attempts are given up that nobody waits for any more. */
const answered = new Canceled("another attempt of the call was answered first", {
  id: "plugboard.client",
  reason: "client.hedged",
  retry: "never",
});

/** Whether an error says when to try again: then it is not for a hedge to ask sooner. */
const pushesBack = (error: unknown): boolean =>
  error instanceof RpcError && typeof error.data?.["waitMs"] === "number";
