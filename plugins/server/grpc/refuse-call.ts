import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { acceptedEncodings, grpcStatus } from "../../../src/spi.js";

const encodings: readonly string[] = acceptedEncodings.split(",");

/**
 * Refuses what is no call of gRPC: another verb than POST, another content type, an encoding that nobody
 * here reads. True when it did.
 */
export function refuseCall(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
  if (headers[":method"] !== "POST") return answer(stream, { ":status": 405, allow: "POST" });
  if (!headers["content-type"]?.startsWith("application/grpc"))
    return answer(stream, { ":status": 415 });
  const encoding = headers["grpc-encoding"];
  if (encoding === undefined || encodings.includes(String(encoding))) return false;
  return answer(stream, {
    ":status": 200,
    "content-type": "application/grpc",
    "grpc-status": String(grpcStatus.unimplemented),
    "grpc-message": `the encoding ${encodeURIComponent(String(encoding))} is not known here`,
    "grpc-accept-encoding": acceptedEncodings,
  });
}

function answer(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): true {
  stream.respond(headers, { endStream: true });
  stream.resume(); // what it still sends is nobody's
  return true;
}
