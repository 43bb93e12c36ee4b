import { createRequire } from "node:module";
import type { Socket } from "node:net";

type Write = (this: Socket, request: unknown, bytes: readonly Buffer[]) => number;

/** What the system says of a write to a socket that is being closed. */
const canceled = -125;

/**
 * Lets Node's wrapper of streams that are no sockets of the system answer as those do.
 *
 * HTTP/2 takes streams in memory by way of that wrapper, and the wrapper asserts that nothing is written while
 * it closes; a socket of the system says then that it cannot be written to.
 */
export function closeAsSocketsDo(): void {
  const wrapper = createRequire(__filename)("_stream_wrap") as {
    readonly prototype: { doWrite: Write };
  };
  const { doWrite } = wrapper.prototype;
  wrapper.prototype.doWrite = function (request, bytes) {
    return this.destroyed ? canceled : doWrite.call(this, request, bytes);
  };
}
