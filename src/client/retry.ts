import { RpcError } from "../base/error.js";
import type { Random } from "../base/environment.js";

const worthRetrying: ReadonlySet<number> = new Set([408, 502, 503, 504]);

/**
 * Whether a failed attempt may be made again: always when the request provably was not started,
 * never when the error says so, else only for idempotent calls whose node, not whose request, failed.
 */
export function mayRetry(error: unknown, idempotent: boolean): boolean {
  if (!(error instanceof RpcError)) return false;
  if (error.retry === "safe") return true;
  if (error.retry === "never" || !idempotent) return false;
  return worthRetrying.has(error.code);
}

/** Reasons that say that a node is gone, or going. */
const nobodyThere: ReadonlySet<string | undefined> = new Set([
  "server.draining",
  "transport.closed",
  "transport.connect-failed",
  "transport.connect-timeout",
]);

/**
 * Whether an attempt found nobody to do its work. Another one on another node is then no additional load,
 * so no budget is asked; a node that refuses because it has too much to do is another matter.
 */
export const foundNobody = (error: unknown): boolean =>
  error instanceof RpcError && error.retry === "safe" && nobodyThere.has(error.reason);

/** Milliseconds before retry number `retry` (1 for the first): full jitter under 10, 20, 40 ... at most 1,000. */
export function backoffMs(retry: number, random: Random): number {
  return random.next() * Math.min(1_000, 10 * 2 ** (retry - 1));
}
