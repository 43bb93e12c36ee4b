import { BadRequest, MethodNotAllowed } from "../base/errors.js";
import type { CallShape } from "../call/call.js";
import type { Route } from "./router.js";

const streamShapes: ReadonlySet<string> = new Set([
  "server-stream",
  "client-stream",
  "bidi-stream",
]);

/**
 * The shape that a caller asks for, when the endpoint has it.
 * @throws BadRequest `server.unknown-shape`, MethodNotAllowed `server.wrong-shape`.
 */
export function streamShape(asked: string, { handler }: Route): CallShape {
  if (!streamShapes.has(asked)) {
    throw new BadRequest(`no such shape of a call: ${asked.slice(0, 50)}`, {
      reason: "server.unknown-shape",
      retry: "never",
    });
  }
  const { replyStream = false, requestStream, endpoint } = handler;
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
