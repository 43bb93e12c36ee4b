/** Details of a log line. Values are printed as JSON. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A structured log. The shape fits pino's loggers once the arguments are swapped. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log that keeps nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
