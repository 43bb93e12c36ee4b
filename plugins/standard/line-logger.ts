import type { LogFields, Logger } from "../../src/spi.js";

/** From most to least talkative; `off` says nothing. */
export const logLevels = ["debug", "info", "warn", "error", "off"] as const;

/** How much a log says. */
export type LogLevel = (typeof logLevels)[number];

/** Where the lines of {@link lineLogger} go, and which. */
export interface LineLoggerOptions {
  /** The least level that is written; anything unknown counts as `info`. */
  readonly level: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Takes one line, with its line feed. */
  readonly write: (line: string) => void;
}

/** Errors as what they say, big integers as text: neither has a JSON form of its own. */
function printable(_name: string, value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? String(value);
  return typeof value === "bigint" ? String(value) : value;
}

function fieldsText(fields: LogFields): string {
  try {
    return " " + JSON.stringify(fields, printable);
  } catch (error) {
    return ` {"unprintable":${JSON.stringify(String(error))}}`;
  }
}

/** A log of one line an event: `time level message {json}`, the time in ISO 8601. */
export function lineLogger({ level, now, write }: LineLoggerOptions): Logger {
  const wanted = logLevels.indexOf((level ?? "info").toLowerCase() as LogLevel);
  const least = wanted < 0 ? logLevels.indexOf("info") : wanted;
  const at = (name: LogLevel) => {
    if (logLevels.indexOf(name) < least) return () => undefined;
    return (message: string, fields?: LogFields) => {
      const text = message.replace(/[\r\n]+/g, " ");
      const time = new Date(now()).toISOString();
      write(`${time} ${name} ${text}${fields === undefined ? "" : fieldsText(fields)}\n`);
    };
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
