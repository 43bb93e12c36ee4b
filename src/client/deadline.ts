import type { Environment } from "../base/environment.js";
import { Canceled, Timeout } from "../base/errors.js";
import type { CallContext } from "../call/context.js";

/** What ends a call early, tied to its context; the result unties it. */
export interface Ties {
  /** Milliseconds given; used in the timeout's words. */
  readonly limitMs: number;
  readonly parent: CallContext | undefined;
  readonly signal: AbortSignal | undefined;
  readonly what: string;
}

/** Cancels `context` when its deadline passes, the call around it ends, or the caller's signal aborts. */
export function tie(context: CallContext, environment: Environment, ties: Ties): () => void {
  const remaining = context.deadlineAt - environment.clock.monotonic();
  const timer = Number.isFinite(remaining)
    ? environment.timers.after(Math.max(0, remaining), () =>
        context.scope.cancel(
          new Timeout(
            `${ties.what}: no answer within ${Math.round(ties.limitMs)} ms; raise timeoutMs or look at the service's load`,
            { id: "plugboard.client", reason: "client.timeout" },
          ),
        ),
      )
    : undefined;
  const untieParent = ties.parent?.scope.onCancel((reason) => context.scope.cancel(reason));
  const { signal } = ties;
  const onAbort = (): void =>
    context.scope.cancel(
      new Canceled(`${ties.what}: cancelled by its caller`, {
        id: "plugboard.client",
        reason: "client.canceled",
        retry: "never",
        cause: signal?.reason,
      }),
    );
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  return () => {
    timer?.cancel();
    untieParent?.();
    signal?.removeEventListener("abort", onAbort);
  };
}
