import type { Http2Session } from "node:http2";
import type { Timers } from "../base/environment.js";

/**
 * Ends a connection with all its streams, on a later turn of the event loop.
 *
 * Not at once, since Node 20 (nghttp2 1.61) ends the whole process, with ``Assertion `iframe->state ==
 * NGHTTP2_IB_IGN_ALL' failed``, when a connection is destroyed in the middle of what it tells, and a frame of a
 * wrong size lies behind in the same bytes. What runs there cannot know: ticks and promises are settled there too.
 */
export function endSession(
  session: Http2Session,
  timers: Timers,
  why?: { readonly error: Error; readonly code: number },
): void {
  timers.after(0, () => {
    if (!session.destroyed) session.destroy(why?.error, why?.code);
  });
}
