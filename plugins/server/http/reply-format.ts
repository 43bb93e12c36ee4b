import {
  encodeError,
  ndjsonType,
  valueLine,
  writeErrorLine,
  type RpcError,
} from "../../../src/spi.js";

/** How a stream of replies is written. */
export interface ReplyFormat {
  readonly contentType: string;
  /** A reply, from its JSON with a newline. */
  value(json: Uint8Array): Uint8Array | string;
  /** The error that the stream ends with. */
  error(error: RpcError): string;
  /** The end in good order. */
  readonly end: string;
}

/** A JSON text on each line; an error is the last. */
export const jsonLines: ReplyFormat = {
  contentType: ndjsonType,
  value: valueLine,
  error: writeErrorLine,
  end: "",
};

/** Content type of server-sent events. */
export const eventStreamType = "text/event-stream";

/** Server-sent events: a `message` for each reply, then `end` or `error`. */
export const serverSentEvents: ReplyFormat = {
  contentType: eventStreamType,
  value: (json) => `data: ${Buffer.from(json).toString("utf8")}\n`,
  error: (error) => `event: error\ndata: ${encodeError(error)}\n\n`,
  end: "event: end\ndata:\n\n",
};

/** What the caller's header `accept` prefers. */
export const replyFormat = (accept: string | undefined): ReplyFormat =>
  accept?.toLowerCase().includes(eventStreamType) ? serverSentEvents : jsonLines;
