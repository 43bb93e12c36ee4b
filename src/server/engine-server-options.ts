import { OptionError, requirePositive, requireWhole } from "../base/options.js";
import type { Settings } from "../call/app-options.js";
import type { Interceptor } from "../call/call.js";

/** What can be said about a server of whatever protocol. */
export interface ServerOptions {
  /** `host:port` to listen on. Default `:0`: every interface, any free port, as in go-micro. */
  readonly address?: string;
  /** `host:port` to tell others, when it differs from the bound one. */
  readonly advertise?: string;
  /** Calls served at once; more are refused as safe to retry. Default 1,000. */
  readonly maxConcurrentCalls?: number;
  /**
   * Milliseconds that a call may have waited for its turn of the event loop; one that waited longer, or
   * longer than its caller does, is refused as safe to retry before any work is done for it. Default
   * 500; Infinity for any wait.
   */
  readonly maxLoopDelayMs?: number;
  /** Milliseconds a registration lives unless renewed. Default 90,000. */
  readonly registerTtlMs?: number;
  /** Milliseconds between renewals. Default 30,000. */
  readonly registerIntervalMs?: number;
  /** Asked before each registration; while it throws, the nodes stay out of the registry. */
  readonly registerCheck?: () => unknown;
  /** Milliseconds that work in hand gets at a stop. Default 10,000. */
  readonly drainTimeoutMs?: number;
  /** Layers around all handlers and subscribers, inside the app's own. */
  readonly interceptors?: readonly Interceptor[];
  /**
   * Who may call `Debug.Health` and `Debug.Stats`: everybody, as in go-micro; those whom the layers
   * around handlers let through; or nobody. Default `open`. What a protocol has of its own, such as
   * gRPC's health and reflection or the probes of plain HTTP, follows that server's own options.
   */
  readonly debug?: DebugAccess;
}

/** How the debug endpoints are served. */
export type DebugAccess = "open" | "intercepted" | "off";

const debugAccess: readonly string[] = ["open", "intercepted", "off"];

/** {@link ServerOptions} with every default in its place. */
export type EngineServerOptions = Required<Omit<ServerOptions, "registerCheck" | "advertise">> &
  Pick<ServerOptions, "registerCheck" | "advertise">;

/**
 * Checks options, and lets the process's settings (`MICRO_SERVER_ADDRESS` and the like) overrule them
 * when the result is called. `factory` is who was given them, for errors. @throws OptionError.
 */
export function engineServerOptions(
  factory: string,
  {
    address = ":0",
    advertise,
    maxConcurrentCalls = 1_000,
    maxLoopDelayMs = 500,
    registerTtlMs = 90_000,
    registerIntervalMs = 30_000,
    registerCheck,
    drainTimeoutMs = 10_000,
    interceptors = [],
    debug = "open",
  }: ServerOptions,
): (settings: Settings) => EngineServerOptions {
  requireWhole(`${factory}.maxConcurrentCalls`, maxConcurrentCalls, 1);
  if (maxLoopDelayMs !== Number.POSITIVE_INFINITY)
    requirePositive(`${factory}.maxLoopDelayMs`, maxLoopDelayMs);
  requirePositive(`${factory}.registerTtlMs`, registerTtlMs);
  requirePositive(`${factory}.registerIntervalMs`, registerIntervalMs);
  requireWhole(`${factory}.drainTimeoutMs`, drainTimeoutMs);
  if (!debugAccess.includes(debug))
    throw new OptionError(
      `${factory}.debug must be one of ${debugAccess.join(", ")}, got ${JSON.stringify(debug)}`,
    );
  return (settings) => {
    const told = settings.text("SERVER_ADVERTISE") ?? advertise;
    return {
      address: settings.text("SERVER_ADDRESS") ?? address,
      ...(told === undefined ? {} : { advertise: told }),
      maxConcurrentCalls,
      maxLoopDelayMs,
      registerTtlMs: requirePositive(
        "REGISTER_TTL",
        settings.duration("REGISTER_TTL", registerTtlMs),
      ),
      registerIntervalMs: requirePositive(
        "REGISTER_INTERVAL",
        settings.duration("REGISTER_INTERVAL", registerIntervalMs),
      ),
      ...(registerCheck ? { registerCheck } : {}),
      drainTimeoutMs,
      interceptors,
      debug,
    };
  };
}
