import {
  requireWhole,
  TooManyRequests,
  type Call,
  type CallHandler,
  type Context,
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
 * Others fail with TooManyRequests (`bulkhead.full`, safe to retry). Nobody waits in vain: whose turn
 * would come too late for the deadline, as the latest calls went, fails at once with TooManyRequests
 * (`bulkhead.late`, safe to retry), and so does who finds too little time left when the turn comes. Who waits
 * leaves the line when its deadline passes or it is cancelled, with that error.
 * @throws OptionError for an option that makes no sense.
 */
export function bulkhead({
  concurrent,
  queue = 0,
  key = ({ service }) => service,
}: BulkheadOptions): Interceptor {
  requireWhole("bulkhead.concurrent", concurrent, 1);
  requireWhole("bulkhead.queue", queue);
  return (next, { clock }) => {
    const compartments = new Map<string, Compartment>();
    const run = async (compartment: Compartment, name: string, call: Call): Promise<unknown> => {
      const entered = clock.monotonic();
      try {
        return await next(call);
      } finally {
        compartment.leave(clock.monotonic() - entered);
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
      const { context } = call;
      const { doneInMs } = compartment;
      if (doneInMs > context.remainingMs()) throw late(name, context, doneInMs);
      await compartment.wait(
        context.signal,
        () => context.remainingMs(),
        () => late(name, context),
      );
      return run(compartment, name, call);
    };
    return passing;
  };
}

function late(name: string, context: Context, doneInMs?: number): TooManyRequests {
  const left = `${Math.round(context.remainingMs())} ms are left until the deadline`;
  const message =
    doneInMs === undefined
      ? `${name}: the turn has come too late: ${left}, and no call takes so little`
      : `${name}: the call would have to wait too long: ${left}, and it would take about ${Math.round(doneInMs)} ms`;
  return new TooManyRequests(message, { reason: "bulkhead.late", retry: "safe" });
}
