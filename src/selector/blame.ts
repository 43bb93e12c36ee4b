/**
 * Whom an attempt's outcome speaks against: nobody, the way to the node, the node, the caller, or
 * `unknown` when the attempt was given up before it could tell.
 */
export type Blame = "none" | "connection" | "node" | "caller" | "unknown";

/**
 * Reads an attempt's error: 499 and what is no error of the framework are `unknown`, 408 and 500
 * upwards count against the connection (reasons `transport.*`) or the node, other codes against the
 * caller.
 */
export function blameOf(error: unknown): Blame {
  if (error === undefined) return "none";
  // By shape, so that errors of another copy of this package count too.
  const { code, reason } = (error ?? {}) as { readonly code?: unknown; readonly reason?: unknown };
  if (typeof code !== "number" || code === 499) return "unknown";
  if (code !== 408 && code < 500) return "caller";
  return typeof reason === "string" && reason.startsWith("transport.") ? "connection" : "node";
}
