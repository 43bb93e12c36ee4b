import type { Interceptor } from "../../../src/spi.js";

/** Options of {@link bearer}. */
export interface BearerOptions {
  /** Services that are sent the token; calls to others go without. Default: all. */
  readonly services?: readonly string[];
}

/**
 * A layer for clients that sends a token with every call, also with those that are made while another is
 * served: its own token, never that of whoever called. A function is asked each time, so it should
 * keep a token as long as that is good.
 */
export function bearer(
  token: string | (() => string | Promise<string>),
  { services }: BearerOptions = {},
): Interceptor {
  const wanted = services && new Set(services);
  return (next) => async (call) => {
    if (wanted && !wanted.has(call.service)) return next(call);
    const text = typeof token === "string" ? token : await token();
    call.metadata["authorization"] = `Bearer ${text}`;
    return next(call);
  };
}
