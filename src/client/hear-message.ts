import type { Metadata } from "../base/metadata.js";
import { readReplyHeaders, readReplyTrailers } from "../call/reply-headers.js";
import type { ReplyListener } from "./carrier.js";

/** Tells what a message of mucp says beside the reply in it. */
export function hearMessage(heard: ReplyListener, message: Metadata): void {
  const headers = readReplyHeaders(message);
  if (headers) heard.headers(headers);
  const trailers = readReplyTrailers(message);
  if (trailers) heard.trailers(trailers);
}
