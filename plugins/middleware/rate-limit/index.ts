import {
  requirePositive,
  requireWhole,
  TooManyRequests,
  type Call,
  type Interceptor,
} from "../../../src/spi.js";

/** Options of {@link rateLimit}. */
export interface RateLimitOptions {
  /** Calls that may be made in `perMs`, evenly over time. */
  readonly calls: number;
  /** Default 1,000. */
  readonly perMs?: number;
  /** Calls that may be made at once after a pause. Default: `calls`. */
  readonly burst?: number;
  /** Which calls share a limit, such as those of one caller. Default: all that pass here. */
  readonly key?: (call: Call) => string;
  /** Keys remembered; the one not seen for longest makes room. Default 10,000. */
  readonly maxKeys?: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Lets so many calls pass in a time, and some at once after a pause (a token bucket). For servers and
 * clients. Others fail with TooManyRequests (`rate.limited`, safe to retry) that says when to try again.
 * @throws OptionError for an option that makes no sense.
 */
export function rateLimit({
  calls,
  perMs = 1_000,
  burst = calls,
  key = () => "",
  maxKeys = 10_000,
}: RateLimitOptions): Interceptor {
  requirePositive("rateLimit.calls", calls);
  requirePositive("rateLimit.perMs", perMs);
  if (burst < 1) requireWhole("rateLimit.burst", burst, 1);
  requireWhole("rateLimit.maxKeys", maxKeys, 1);
  const perMillisecond = calls / perMs;
  return (next, { clock }) => {
    const buckets = new Map<string, Bucket>();
    /** Milliseconds until a call may be made; 0 when it was let through. */
    const take = (name: string): number => {
      const now = clock.monotonic();
      let bucket = buckets.get(name);
      if (bucket)
        buckets.delete(name); // put behind all others again
      else {
        bucket = { tokens: burst, at: now };
        const [oldest] = buckets.keys();
        if (buckets.size >= maxKeys && oldest !== undefined) buckets.delete(oldest);
      }
      buckets.set(name, bucket);
      bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) * perMillisecond);
      bucket.at = now;
      if (bucket.tokens < 1) return (1 - bucket.tokens) / perMillisecond;
      bucket.tokens--;
      return 0;
    };
    return (call) => {
      const waitMs = take(key(call));
      if (waitMs === 0) return next(call);
      return Promise.reject(
        new TooManyRequests(
          `${call.service} ${call.endpoint}: over ${calls} calls in ${perMs} ms; try again in ${Math.ceil(waitMs)} ms`,
          { reason: "rate.limited", retry: "safe", data: { waitMs: Math.ceil(waitMs) } },
        ),
      );
    };
  };
}
