import type { ServerHttp2Stream } from "node:http2";
import type { Server, ServerDuplexStream } from "@grpc/grpc-js";
import { NotImplemented } from "../../../src/spi.js";
import { refuseCall, type CallHeaders } from "./refuse-call.js";
import { ReplyFrames, takesGzip } from "./reply-frames.js";

/** A call as grpc-js gives it: messages are bytes. */
export type GrpcCall = ServerDuplexStream<Buffer, Buffer> & {
  /** Where replies go to be compressed; left out where they are not. */
  readonly frames?: ReplyFrames;
};

/** Where every call goes, whatever its path. */
const everywhere = "/plugboard.Any/Call";

/** Metadata under which a handler finds what grpc-js keeps to itself. A caller cannot set them. */
export const told = {
  path: "plugboard-path",
  contentType: "plugboard-content-type",
  timeout: "plugboard-timeout",
  stream: "plugboard-stream",
} as const;

/** The path that a call came by. */
export const pathOf = ({ metadata }: GrpcCall): string => String(metadata.get(told.path)[0] ?? "");

type OnStream = (
  this: Server,
  interceptors: unknown,
  stream: ServerHttp2Stream,
  headers: CallHeaders,
) => void;

const isBytes = (bytes: Buffer): Buffer => bytes;

/**
 * Serves every path with one handler, which learns path, content type and time limit from the
 * metadata. grpc-js knows only paths that were registered, hides the content type, and ends calls by
 * a clock of its own; so their headers are changed before it looks at them.
 * @throws NotImplemented (`plugin.package-unknown`) for a version of grpc-js that takes calls in
 *   another way.
 */
export function serveAnyPath(
  server: Server,
  handle: (call: GrpcCall) => void,
  { compress }: { readonly compress: boolean },
): void {
  /** Of calls that are on their way through grpc-js. */
  const replies = new Map<string, ReplyFrames>();
  let last = 0;
  const found = (call: GrpcCall): void => {
    const [id] = call.metadata.get(told.stream);
    const frames = replies.get(String(id));
    replies.delete(String(id));
    handle(frames ? Object.assign(call, { frames }) : call);
  };
  server.register(everywhere, found, isBytes, isBytes, "bidi");
  const onStream: unknown = Reflect.get(server, "_streamHandler");
  if (typeof onStream !== "function") {
    throw new NotImplemented(
      "this version of @grpc/grpc-js is not known here; npm install @grpc/grpc-js@1.14.7",
      { reason: "plugin.package-unknown", retry: "never" },
    );
  }
  const before: OnStream = function (interceptors, stream, headers) {
    // Node tells of broken streams even where nobody listens, and that ends the process.
    stream.on("error", () => undefined);
    if (stream.destroyed || refuseCall(stream, headers)) return;
    const { ":path": path, "content-type": contentType, "grpc-timeout": timeout } = headers;
    headers[told.path] = path;
    headers[told.contentType] = contentType;
    headers[told.timeout] = timeout;
    delete headers["grpc-timeout"];
    headers[told.stream] = undefined;
    if (compress && takesGzip(headers["grpc-accept-encoding"])) {
      const id = (headers[told.stream] = String((last += 1)));
      replies.set(id, new ReplyFrames(stream));
      stream.once("close", () => replies.delete(id));
    }
    headers[":path"] = everywhere;
    // A message that says it is compressed is then refused where nothing was said of how.
    if ((headers["grpc-encoding"] ?? "identity") === "identity") headers["grpc-encoding"] = "gzip";
    (onStream as OnStream).call(this, interceptors, stream, headers);
  };
  Object.defineProperty(server, "_streamHandler", { value: before });
}
