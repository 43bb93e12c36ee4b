import type { Random } from "../base/environment.js";
import { requirePositive, requireWhole } from "../base/options.js";
import type { RetryPolicy } from "./broker.js";

/** The policy with every default filled in. @throws OptionError for a value that makes no sense. */
export function retryPolicy(policy: RetryPolicy = {}): Required<RetryPolicy> {
  const { attempts = 3, backoffMs = 200, maxBackoffMs = 30_000 } = policy;
  return {
    attempts: requireWhole("retry.attempts", attempts, 1),
    backoffMs: requirePositive("retry.backoffMs", backoffMs),
    maxBackoffMs: requirePositive("retry.maxBackoffMs", maxBackoffMs),
  };
}

/**
 * Milliseconds to wait after the failure of try number `attempt`: a random share of
 * `backoffMs * 2^(attempt - 1)`, which is bounded by `maxBackoffMs`. The whole span is random
 * ("full jitter"), so that subscribers that failed together do not come back together.
 */
export function backoffDelay(
  { backoffMs, maxBackoffMs }: Required<RetryPolicy>,
  attempt: number,
  random: Random,
): number {
  return random.next() * Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 1));
}
