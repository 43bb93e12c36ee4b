import { BadRequest, readTimeoutMs } from "../../../src/spi.js";

/** Header with a time limit for people: `2` and `1.5s` are seconds, `500ms` and `1m` what they say. */
export const requestTimeout = "request-timeout";

const units: Readonly<Record<string, number>> = { "": 1_000, ms: 1, s: 1_000, m: 60_000 };

/** The longest time limit taken from the wire, in milliseconds: 24 days, what a timer can hold. */
const longestMs = 2_147_483_647;

/**
 * Milliseconds that the caller waits, by `request-timeout`, else by go-micro's `timeout` in
 * nanoseconds; Infinity without either.
 * @throws BadRequest `transport.bad-header` for a `request-timeout` that is none.
 */
export function readRequestTimeout(
  said: string | undefined,
  nanoseconds: string | undefined,
): number {
  if (said === undefined) return readTimeoutMs(nanoseconds) ?? Number.POSITIVE_INFINITY;
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m)?$/.exec(said);
  const ms = match ? Number(match[1]) * units[match[2] ?? ""]! : 0;
  if (ms > 0) return Math.min(ms, longestMs);
  throw new BadRequest(
    `header ${requestTimeout} must be a time above 0 such as 500ms, 2s or 1m, got ${JSON.stringify(said.slice(0, 50))}`,
    { reason: "transport.bad-header", retry: "never" },
  );
}
