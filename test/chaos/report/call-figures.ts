import type { CallFigures, FailureCount } from "../programs/call-log.js";
import { milliseconds, none, told, whole, type Figure } from "./figure.js";

/** Number of failed calls of the figures that the test picks. */
export const failed = (
  { failures }: CallFigures,
  pick: (failure: FailureCount) => boolean = () => true,
): number => failures.filter(pick).reduce((sum, { count }) => sum + count, 0);

const isUntyped = ({ reason }: FailureCount): boolean => reason.startsWith("untyped");

/** The longest of the failed calls; 0 when there is none. */
export const longestFailureMs = ({ failures }: CallFigures): number =>
  Math.max(0, ...failures.map(({ longestMs }) => longestMs));

/** `2 transport.closed, 1 client.timeout`; `none` when nothing failed. */
export function reasons({ failures }: CallFigures): string {
  if (failures.length === 0) return "none";
  const kind = (idempotent: boolean): string => (idempotent ? "idempotent" : "not idempotent");
  return failures
    .map(({ reason, count, idempotent }) => `${whole(count)} ${reason} (${kind(idempotent)})`)
    .join(", ");
}

/** Every failure must be a typed error with a reason. */
export const allTyped = (figures: CallFigures): Figure =>
  none("failures that are no typed error", failed(figures, isUntyped));

/** Latency before and during. */
export const latencies = (before: CallFigures, during: CallFigures): readonly Figure[] => [
  told(
    "p50 / p99 of a call before",
    `${milliseconds(before.p50Ms)} / ${milliseconds(before.p99Ms)}`,
  ),
  told(
    "p50 / p99 of a call meanwhile",
    `${milliseconds(during.p50Ms)} / ${milliseconds(during.p99Ms)}`,
  ),
];
