import { Unavailable } from "../base/errors.js";
import { Admission } from "./admission.js";
import { LiveCalls } from "./live-calls.js";
import { LoopDelay } from "./loop-delay.js";
import { newHandler } from "./new-handler.js";
import { Router } from "./router.js";
import type { ServeParts } from "./serve-call.js";
import type { HandlerDefinition } from "./server.js";

/** How late the event loop is does not matter: who asks wants to hear from the server at any rate. */
const limits = { maxConcurrentCalls: 1_000, maxLoopDelayMs: Number.POSITIVE_INFINITY };

/** What serves a server's own endpoints. */
export interface OwnCalls {
  readonly parts: ServeParts;
  /** Ends those that are under way. */
  close(): void;
}

/**
 * Serves endpoints of the server's own, such as its health: neither limited, nor counted, nor drained
 * with those of the app, and without the app's layers.
 */
export function ownCalls(parts: ServeParts, definitions: readonly HandlerDefinition[]): OwnCalls {
  const router = new Router();
  for (const definition of definitions) router.add(newHandler(definition, [], parts.environment));
  const live = new LiveCalls();
  const admission = new Admission(limits, new LoopDelay(parts.environment));
  return {
    parts: { ...parts, router, live, admission },
    close() {
      admission.close();
      for (const context of [...live])
        context.scope.cancel(
          new Unavailable("the service has been stopped", { reason: "server.stopped" }),
        );
    },
  };
}
