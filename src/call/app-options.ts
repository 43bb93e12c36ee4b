import type { Interceptor } from "./call.js";
import type { ErrorClasses } from "./error-wire.js";

/** Settings from the environment (`MICRO_*`) and the command line; they win over code. */
export interface Settings {
  /** The raw text, without the prefix: `text("SERVER_NAME")`. */
  text(name: string): string | undefined;
  /** A number, `fallback` when not set. @throws OptionError for text that is none. */
  number(name: string, fallback: number): number;
  /** Milliseconds of a duration as Go writes it (`90s`, `1m30s`, `500ms`), or of a plain number of seconds. */
  duration(name: string, fallbackMs: number): number;
}

/** What an app is made with, for the parts that are built from it. Injectable. */
export abstract class AppOptions {
  /** Name that goes out with calls and events: the first service's. */
  abstract readonly name: string;
  abstract readonly settings: Settings;
  /** The app's own error classes. */
  abstract readonly errors: ErrorClasses;
  abstract readonly clientInterceptors: readonly Interceptor[];
  abstract readonly serverInterceptors: readonly Interceptor[];
  abstract readonly subscriberInterceptors: readonly Interceptor[];
}
