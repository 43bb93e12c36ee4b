import { Canceled } from "../base/errors.js";
import type { CallContext } from "../call/context.js";
import type { ClientStream } from "../call/client-of.js";
import { orCancelled } from "../call/or-cancelled.js";
import { inBegunCall } from "./begun-call.js";

/** A stream that has been opened. */
export interface OpenStream {
  readonly replies: Promise<AsyncIterable<unknown>>;
  readonly context: CallContext;
  /** It was opened while a call was being served. */
  readonly nested: boolean;
  /** Unties the context from what could cancel it. */
  readonly end: () => void;
}

const closed = (): Canceled =>
  new Canceled("the stream was closed by its reader", {
    id: "plugboard.client",
    reason: "client.canceled",
    retry: "never",
  });

/**
 * The reader's side of a stream: opens it on the first `next`, ends it once, whichever way: the
 * last reply, an error, cancellation, `close`, or leaving the loop. Read by one reader.
 */
export function guardStream(open: () => OpenStream): ClientStream<unknown> {
  let stream: OpenStream | undefined;
  let iterator: AsyncIterator<unknown> | undefined;
  let done = false;

  const finish = (): void => {
    if (done) return;
    done = true;
    stream?.end();
  };
  const close = async (): Promise<void> => {
    if (done) return;
    finish();
    stream?.context.scope.cancel(closed());
    await iterator?.return?.();
  };
  const next = async (): Promise<IteratorResult<unknown>> => {
    if (done) return { done: true, value: undefined };
    try {
      stream ??= open();
      iterator ??= (await stream.replies)[Symbol.asyncIterator]();
      const result = await orCancelled(stream.context, iterator.next());
      if (result.done) finish();
      return result;
    } catch (error) {
      finish();
      void Promise.resolve(iterator?.return?.()).catch(() => {});
      throw stream?.nested ? inBegunCall(error) : error;
    }
  };
  const reader: AsyncIterator<unknown> = {
    next,
    async return() {
      await close();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => reader, close };
}
