import {
  blameOf,
  OptionError,
  requirePositive,
  requireWhole,
  Unavailable,
  type Call,
  type Interceptor,
} from "../../../src/spi.js";
import { Circuit } from "./circuit.js";

/** Options of {@link circuitBreaker}. */
export interface CircuitBreakerOptions {
  /** Share of calls that fail which opens the circuit, above 0 and up to 1. Default 0.5. */
  readonly failureRate?: number;
  /** Calls before the share counts. Default 20. */
  readonly calls?: number;
  /** Milliseconds over which it is taken. Default 10,000. */
  readonly windowMs?: number;
  /** Milliseconds that it stays open before one call may try. Default 5,000. */
  readonly openMs?: number;
  /** Which calls share a circuit. Default: those to the same endpoint of the same service. */
  readonly key?: (call: Call) => string;
}

/** Circuits kept at once; the oldest makes room. */
const mostCircuits = 1_000;

/**
 * Stops calling an endpoint that mostly fails, and tries it again with one call after a while. For
 * clients, around whole calls. What is the caller's own mistake does not count.
 *
 * Calls that are stopped fail with Unavailable (`circuit.open`, safe to retry).
 * @throws OptionError for an option that makes no sense.
 */
export function circuitBreaker({
  failureRate = 0.5,
  calls = 20,
  windowMs = 10_000,
  openMs = 5_000,
  key = ({ service, endpoint }) => `${service} ${endpoint}`,
}: CircuitBreakerOptions = {}): Interceptor {
  if (!(failureRate > 0 && failureRate <= 1))
    throw new OptionError(
      `circuitBreaker.failureRate must be above 0 and at most 1, got ${failureRate}`,
    );
  const rule = {
    failureRate,
    calls: requireWhole("circuitBreaker.calls", calls, 1),
    windowMs: requirePositive("circuitBreaker.windowMs", windowMs),
    openMs: requirePositive("circuitBreaker.openMs", openMs),
  };
  return (next, { clock, logger }) => {
    const circuits = new Map<string, Circuit>();
    const circuitOf = (name: string): Circuit => {
      let circuit = circuits.get(name);
      if (!circuit) {
        const [oldest] = circuits.keys();
        if (circuits.size >= mostCircuits && oldest !== undefined) circuits.delete(oldest);
        circuits.set(name, (circuit = new Circuit(clock, rule)));
      }
      return circuit;
    };
    return async (call) => {
      const name = key(call);
      const circuit = circuitOf(name);
      if (!circuit.enter()) {
        throw new Unavailable(
          `${name}: not called, because it mostly failed; it is tried again in ${Math.ceil(circuit.waitMs)} ms`,
          { reason: "circuit.open", retry: "safe" },
        );
      }
      try {
        const reply = await next(call);
        circuit.succeeded();
        return reply;
      } catch (error) {
        const blame = blameOf(error);
        if (blame === "unknown") circuit.unknown();
        else if (blame === "caller") circuit.succeeded();
        else if (circuit.failed())
          logger.warn("a circuit opened: calls fail at once for a while", { key: name, openMs });
        throw error;
      }
    };
  };
}
