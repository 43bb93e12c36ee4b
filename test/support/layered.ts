import type { Call, CallHandler, Interceptor } from "../../src/spi.js";
import { virtualWorld } from "./virtual-environment.js";

/** What stands below a layer: answers, fails or waits as the test wants it. */
export interface Inner {
  /** How the next calls end. */
  then: () => Promise<unknown>;
  /** Calls that came through. */
  calls: number;
}

/** What layers look at: a signal, and how long there is. */
export const contextOf = (
  signal = new AbortController().signal,
  remainingMs = (): number => Infinity,
): Call["context"] => ({ signal, remainingMs }) as Call["context"];

/** A layer over a handler of the test's, in a virtual world. */
export function layered(interceptor: Interceptor) {
  const { clock, environment } = virtualWorld();
  const inner: Inner = { then: () => Promise.resolve("done"), calls: 0 };
  const handler: CallHandler = () => {
    inner.calls++;
    return inner.then();
  };
  const chain = interceptor(handler, environment());
  const call = (more: Partial<Call> = {}): Promise<unknown> =>
    chain({
      side: "client",
      service: "shop",
      endpoint: "Shop.Buy",
      shape: "unary",
      request: {},
      context: contextOf(),
      metadata: {},
      attempt: 1,
      ...more,
    });
  /** The outcome as text: the reply, or the error's reason. */
  const outcome = (more: Partial<Call> = {}): Promise<unknown> =>
    call(more).catch((error: unknown) => {
      const { reason, message } = error as { readonly reason?: string; readonly message: string };
      return reason ?? message;
    });
  return { clock, inner, call, outcome };
}
