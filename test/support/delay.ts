import { OptionError } from "../../src/base/options.js";
import type { Random } from "../../src/base/environment.js";

/**
 * How long something takes, in milliseconds: always the same; anything between two bounds, each as
 * likely as the others; or as networks do it, mostly near the median and seldom far above it
 * (log-normal, told by its median and the value that 99 of 100 stay below).
 */
export type Delay =
  | number
  | { readonly minMs: number; readonly maxMs: number }
  | { readonly medianMs: number; readonly p99Ms: number };

/** Standard deviations of a normal distribution that 99 of 100 values stay below. */
const p99Deviations = 2.326_347_874;

/** Draws one delay after the other. @throws OptionError for a delay that makes no sense. */
export function delaySampler(delay: Delay, random: Random): () => number {
  if (typeof delay === "number") {
    requireSensible(delay >= 0 && Number.isFinite(delay), delay);
    return () => delay;
  }
  if ("minMs" in delay) {
    const { minMs, maxMs } = delay;
    requireSensible(minMs >= 0 && maxMs >= minMs && Number.isFinite(maxMs), delay);
    return () => minMs + random.next() * (maxMs - minMs);
  }
  const { medianMs, p99Ms } = delay;
  requireSensible(medianMs > 0 && p99Ms >= medianMs && Number.isFinite(p99Ms), delay);
  const deviation = Math.log(p99Ms / medianMs) / p99Deviations;
  return () => medianMs * Math.exp(deviation * normal(random));
}

function requireSensible(sensible: boolean, delay: Delay): void {
  if (sensible) return;
  throw new OptionError(
    `a delay is milliseconds from 0 up, { minMs, maxMs } with minMs <= maxMs, or { medianMs, p99Ms } with 0 < medianMs <= p99Ms; got ${JSON.stringify(delay)}`,
  );
}

/** A value of the standard normal distribution (Box and Muller). */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
