/**
 * Waits for the first reply, so that a stream that cannot be opened fails as an attempt does: while
 * it may still be made again on another node.
 */
export async function openStream(replies: AsyncIterable<unknown>): Promise<AsyncIterable<unknown>> {
  const iterator = replies[Symbol.asyncIterator]();
  const first = await iterator.next();
  let ahead = true;
  const reader: AsyncIterator<unknown> = {
    async next() {
      if (!ahead) return iterator.next();
      ahead = false;
      return first;
    },
    async return() {
      ahead = false;
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => reader };
}
