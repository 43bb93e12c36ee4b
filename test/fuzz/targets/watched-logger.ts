import type { Logger } from "../../../src/spi.js";

/** What the fuzzed handler throws on purpose. */
export const ownFault = "the handler's own fault";

/** A log that keeps what should never be in it: errors of nobody's handler. */
export function watchedLogger(): { readonly logger: Logger; readonly errors: Map<string, number> } {
  const errors = new Map<string, number>();
  const logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error(message, fields = {}) {
      const { error: thrown = "" } = fields;
      const text = typeof thrown === "string" ? thrown : JSON.stringify(thrown);
      if (text.includes(ownFault)) return;
      const stack = text.split("\n").slice(0, 4).join("\n");
      const line = `${message}: ${stack}`;
      if (errors.size < 50 || errors.has(line)) errors.set(line, (errors.get(line) ?? 0) + 1);
    },
  };
  return { logger, errors };
}
