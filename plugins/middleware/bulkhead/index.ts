import {
  requireWhole,
  TooManyRequests,
  type Call,
  type CallHandler,
  type Interceptor,
} from "../../../src/spi.js";
import { Compartment } from "./compartment.js";

/** Options of {@link bulkhead}. */
export interface BulkheadOptions {
  /** Calls under way at once. */
  readonly concurrent: number;
  /** Calls that may wait for their turn. Default 0: none. */
  readonly queue?: number;
  /** Which calls share a compartment. Default: those to the same service. */
  readonly key?: (call: Call) => string;
}

/**
 * Keeps what is slow from taking everything: so many calls at once for each key, some more wait in line.
 * For clients and servers, and unary calls and streams up to their first reply.
 *
 * Others fail with TooManyRequests (`bulkhead.full`, safe to retry). Who waits leaves the line when its
 * deadline passes or it is cancelled, with that error.
 * @throws OptionError for an option that makes no sense.
 */
export function bulkhead({
  concurrent,
  queue = 0,
  key = ({ service }) => service,
}: BulkheadOptions): Interceptor {
  requireWhole("bulkhead.concurrent", concurrent, 1);
  requireWhole("bulkhead.queue", queue);
  return (next) => {
    const compartments = new Map<string, Compartment>();
    const run = async (compartment: Compartment, name: string, call: Call): Promise<unknown> => {
      try {
        return await next(call);
      } finally {
        compartment.leave();
        if (compartment.empty) compartments.delete(name);
      }
    };
    const passing: CallHandler = async (call) => {
      const name = key(call);
      let compartment = compartments.get(name);
      if (!compartment) compartments.set(name, (compartment = new Compartment(concurrent, queue)));
      if (compartment.tryEnter()) return run(compartment, name, call);
      if (compartment.full) {
        throw new TooManyRequests(
          `${name}: ${concurrent} calls are under way and ${queue} wait, which is as many as may`,
          { reason: "bulkhead.full", retry: "safe" },
        );
      }
      await compartment.wait(call.context.signal);
      return run(compartment, name, call);
    };
    return passing;
  };
}
