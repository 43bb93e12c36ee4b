import type { Http2Session } from "node:http2";
import type { Timers } from "../base/environment.js";

/**
 * Lets a connection be destroyed on a later turn of the event loop only, whoever asks for that: we, or Node itself.
 *
 * Node 20 (nghttp2 1.61) ends the whole process, with ``Assertion `iframe->state == NGHTTP2_IB_IGN_ALL' failed``, when
 * a connection is destroyed in the middle of what it tells, and a frame of a wrong size lies behind in the same bytes.
 * Node does so by itself after some invalid frames (an ALTSVC without an origin), and those who are told cannot know:
 * ticks and promises are settled in the middle too. Node 24 does not mind.
 */
export function deferDestroy(session: Http2Session, timers: Timers): void {
  const destroy = session.destroy.bind(session);
  let asked = false;
  session.destroy = (error, code) => {
    if (asked) return;
    asked = true;
    timers.after(0, () => destroy(error, code));
  };
}
