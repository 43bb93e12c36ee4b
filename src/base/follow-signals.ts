/**
 * Aborts a controller with the first of these signals, until the function that it returns is called.
 *
 * `AbortSignal.any` would leave a note in a signal that lives on for each that was made of it (Node 20).
 */
export function followSignals(
  controller: AbortController,
  ...signals: readonly (AbortSignal | undefined)[]
): () => void {
  const abort = (event: Event): void => controller.abort((event.target as AbortSignal).reason);
  for (const signal of signals)
    if (signal?.aborted) controller.abort(signal.reason);
    else signal?.addEventListener("abort", abort, { once: true });
  return () => {
    for (const signal of signals) signal?.removeEventListener("abort", abort);
  };
}
