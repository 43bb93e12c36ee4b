import { RpcError } from "../base/error.js";
import { Canceled } from "../base/errors.js";

/**
 * The promise's result, unless `signal` aborts first; the work itself goes on.
 * @throws the signal's reason when that is an error of the framework (a deadline), else Canceled.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      const reason: unknown = signal.reason;
      const canceled = (): Canceled =>
        new Canceled("canceled while choosing a node", { cause: reason, retry: "safe" });
      reject(reason instanceof RpcError ? reason : canceled());
    };
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    const settled = (): void => signal.removeEventListener("abort", abort);
    promise.then(resolve, reject).finally(settled).catch(reject);
  });
}
