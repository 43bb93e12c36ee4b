import { realEnvironment } from "../../../plugins/standard/environment.js";
import type { Environment, LogFields, Logger } from "../../../src/spi.js";

/** One line of a log. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** The real world with a log that can be read. */
export function realWorld(): {
  readonly environment: Environment;
  readonly log: readonly LogLine[];
} {
  const log: LogLine[] = [];
  const at =
    (level: LogLine["level"]) =>
    (message: string, fields: LogFields = {}): void => {
      log.push({ level, message, fields });
    };
  const logger: Logger = {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
  return { environment: realEnvironment({ logger }), log };
}

/** Repeats `check` until it does not throw, and rejects with its last error after `withinMs`. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  {
    withinMs = 10_000,
    everyMs = 20,
  }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Prints a measured figure, for the reports. */
export const figure = (text: string): void => void process.stdout.write(`figure: ${text}\n`);
