import type { RpcError, Timers } from "../../../src/spi.js";
import { canceledError } from "./grpc-status.js";

/** An end that is put to something: by time, or by a signal. */
export interface Limit {
  /** Aborts with an `RpcError` for its reason. */
  readonly signal: AbortSignal;
  /** Forgets it: it is no longer needed. */
  end(): void;
}

/** Ends after `ms` with the error that `late` makes, and as `signals` do; theirs abort as `Canceled`. */
export function limit(
  timers: Timers,
  ms: number,
  late: () => RpcError,
  signals: readonly { readonly signal: AbortSignal | undefined; readonly error?: () => RpcError }[],
): Limit {
  const controller = new AbortController();
  const steps: (() => void)[] = [];
  const timer = timers.after(ms, () => controller.abort(late()), { background: true });
  steps.push(() => timer.cancel());
  for (const { signal, error } of signals) {
    if (!signal) continue;
    const abort = (): void => controller.abort(error?.() ?? canceledError(signal));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    steps.push(() => signal.removeEventListener("abort", abort));
  }
  return { signal: controller.signal, end: () => steps.forEach((step) => step()) };
}

/** The promise, or the signal's reason when that aborts first. Unlike the promise, never late. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
