import { requirePositive, requireWhole } from "../base/options.js";
import type { Settings } from "../call/app-options.js";
import type { Interceptor } from "../call/call.js";
import type { Propagation } from "../call/headers.js";
import { requireHedge, type Hedge } from "../call/hedge.js";

/** What can be said about a client of whatever protocol. */
export interface ClientOptions {
  /** Milliseconds for a unary call, retries included. Default 5,000. */
  readonly timeoutMs?: number;
  /** Further attempts after the first. Default 1. */
  readonly retries?: number;
  /**
   * When an idempotent unary call is also made on another node although the first has not failed. Such
   * attempts count among `retries`, and against the same budget. Default false: never.
   */
  readonly hedge?: Hedge | false;
  /** Which metadata of a served call goes on. Default `all`, which leaves credentials out. */
  readonly propagation?: Propagation;
  /** Layers around whole calls; first listed outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** Layers around each attempt. */
  readonly attemptInterceptors?: readonly Interceptor[];
}

/** {@link ClientOptions} with every default in its place. */
export type EngineClientOptions = Required<ClientOptions>;

/**
 * Checks options, and lets the process's settings (`MICRO_CLIENT_RETRIES` and the like) overrule them
 * when the result is called. `factory` is who was given them, for errors. @throws OptionError.
 */
export function engineClientOptions(
  factory: string,
  {
    timeoutMs = 5_000,
    retries = 1,
    hedge = false,
    propagation = "all",
    interceptors = [],
    attemptInterceptors = [],
  }: ClientOptions,
): (settings: Settings) => EngineClientOptions {
  requirePositive(`${factory}.timeoutMs`, timeoutMs);
  requireWhole(`${factory}.retries`, retries);
  if (hedge) requireHedge(`${factory}.hedge`, hedge);
  return (settings) => ({
    timeoutMs: settings.duration("CLIENT_REQUEST_TIMEOUT", timeoutMs),
    retries: settings.number("CLIENT_RETRIES", retries),
    hedge,
    propagation,
    interceptors,
    attemptInterceptors,
  });
}
