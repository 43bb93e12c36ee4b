import type { Http2Session } from "node:http2";
import type { Timer, Timers } from "../base/environment.js";

/** What came of asking. */
export interface PeerAnswer {
  /** It is there, or the connection has ended meanwhile. */
  readonly answered: (failure: Error | null) => void;
  /** It has said nothing in time. */
  readonly silent: () => void;
}

/**
 * Asks the peer of a connection whether it is there, by a ping that it has `timeoutMs` milliseconds to answer.
 *
 * It waits in two halves. Where this process was busy meanwhile, the timer of the first half is late, and an
 * answer that lay waiting is read before that of the second: a peer is not blamed for our own delay.
 */
export function askPeer(
  session: Http2Session,
  timeoutMs: number,
  timers: Timers,
  { answered, silent }: PeerAnswer,
): Timer {
  const half = timeoutMs / 2;
  const wait = (then: () => void): Timer => timers.after(half, then, { background: true });
  let timer = wait(() => (timer = wait(silent)));
  session.ping((failure) => {
    timer.cancel();
    answered(failure);
  });
  return { cancel: () => timer.cancel() };
}
