import type { ReplyMetadata } from "../call/reply-metadata.js";
import type { LaneReplies } from "../transport/lane.js";

/** Sends headers that have not gone yet. @throws as {@link LaneReplies.headers}. */
export function tellHeaders(replies: LaneReplies, call: number, told: ReplyMetadata): void {
  const headers = told.takeHeaders();
  if (headers) replies.headers(call, headers);
}

/** Sends what a handler says beside its one reply, or at the end. @throws as {@link LaneReplies.headers}. */
export function tellAll(replies: LaneReplies, call: number, told: ReplyMetadata): void {
  tellHeaders(replies, call, told);
  const trailers = told.takeTrailers();
  if (trailers) replies.trailers(call, trailers);
}

/** Sends what is left of it with an error, as far as it can be sent: the error matters more. */
export function tellFailure(replies: LaneReplies, call: number, told: ReplyMetadata): void {
  const { headers, trailers } = told.takeForFailure();
  try {
    if (headers) replies.headers(call, headers);
    if (trailers) replies.trailers(call, trailers);
  } catch {
    // Too much of it. The caller gets the error without.
  }
}
