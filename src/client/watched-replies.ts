import type { InboxEnd } from "../transport/lane-inbox.js";

/** Hears how the replies of a stream ended, when their reader does. */
export type ReplyWatcher = InboxEnd;

/** Where replies take their watcher. */
export const watch = Symbol("plugboard.watch");

/**
 * Replies that need no guard for each: what is read from them settles by itself when their call is
 * cancelled, and whoever watches is told of the end.
 */
export interface WatchedReplies extends AsyncIterableIterator<unknown> {
  [watch](watcher: ReplyWatcher): void;
}

/** Whether an iterator of replies can be watched. */
export const canBeWatched = (replies: AsyncIterator<unknown>): replies is WatchedReplies =>
  watch in replies;
