import type { Http2Session } from "node:http2";
import type { Timers } from "../base/environment.js";

/** Milliseconds that the streams of a connection have to be freed: many turns of the event loop. */
const holdMs = 100;

/**
 * Keeps the native part of a connection until its streams are freed.
 *
 * Node (20.20 and 24.21, at least) ends the whole process, with `Assertion failed: (current_nghttp2_memory_) == (0)`,
 * when it collects a connection before those streams of it whose headers had come in part, and it frees
 * streams a turn of the event loop later than it lets go of their connection. So a peer that breaks off in
 * the middle of a header block could stop a process. The only way to the native part is a property that
 * has no public name; where that is gone, nothing is kept.
 */
export function holdSession(session: Http2Session, timers: Timers): void {
  const name = Object.getOwnPropertySymbols(session).find(
    ({ description }) => description === "kHandle",
  );
  const held: unknown = name && (session as unknown as Record<symbol, unknown>)[name];
  if (held === undefined) return;
  const holder: { held: unknown } = { held };
  session.once("close", () => {
    timers.after(holdMs, () => (holder.held = undefined), { background: true });
  });
}
