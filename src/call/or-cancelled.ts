import type { CallContext } from "./context.js";

/** The work's outcome, or the reason as soon as the context is cancelled; the work itself is not stopped. */
export function orCancelled<T>(context: CallContext, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const untie = context.scope.onCancel(reject);
    work.then(
      (value) => {
        untie();
        resolve(value);
      },
      () => {
        untie();
        resolve(work); // passes the rejection on
      },
    );
  });
}
