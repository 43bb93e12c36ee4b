import { BadRequest, MethodNotAllowed } from "../base/errors.js";
import type { CallShape } from "../call/call.js";
import type { Handler } from "./server.js";

const streamShapes: ReadonlySet<string> = new Set([
  "server-stream",
  "client-stream",
  "bidi-stream",
]);

/** The shape that a handler has by itself. One that leaves open what it takes takes one request. */
export const ownShape = ({ replyStream, requestStream }: Handler): CallShape =>
  replyStream
    ? requestStream
      ? "bidi-stream"
      : "server-stream"
    : requestStream
      ? "client-stream"
      : "unary";

/**
 * The shape that a caller asked for by name, other than `unary`.
 * @throws BadRequest `server.unknown-shape`, MethodNotAllowed `server.wrong-shape`.
 */
export function agreedShape(
  { endpoint, replyStream = false, requestStream }: Handler,
  asked: string,
): CallShape {
  if (!streamShapes.has(asked)) {
    throw new BadRequest(`no such shape of a call: ${asked.slice(0, 50)}`, {
      reason: "server.unknown-shape",
      retry: "never",
    });
  }
  const wantsReplies = asked === "server-stream" || asked === "bidi-stream";
  const wantsRequests = asked === "client-stream" || asked === "bidi-stream";
  if (
    wantsReplies !== replyStream ||
    (requestStream !== undefined && wantsRequests !== requestStream)
  ) {
    throw new MethodNotAllowed(
      `${endpoint} was called as ${asked} and is ${requestStream ? "fed by a stream" : "fed by one request"}, ${replyStream ? "answers with a stream" : "answers once"}`,
      { reason: "server.wrong-shape", retry: "never" },
    );
  }
  return asked as CallShape;
}
