import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { grpcStatus } from "../../../src/spi.js";

/** Encodings that grpc-js reads. */
const encodings = ["identity", "deflate", "gzip"];

/** The headers of a call, as HTTP/2 has them. */
export type CallHeaders = Record<string, string | string[] | undefined>;

/**
 * Refuses what grpc-js takes for a call and gRPC does not: another verb than POST, an encoding that
 * nobody here reads. True when it did.
 */
export function refuseCall(stream: ServerHttp2Stream, headers: CallHeaders): boolean {
  const { ":method": method, "grpc-encoding": encoding } = headers;
  if (method !== "POST") return answer(stream, { ":status": 405, allow: "POST" });
  if (encoding === undefined || encodings.includes(String(encoding))) return false;
  return answer(stream, {
    ":status": 200,
    "content-type": "application/grpc",
    "grpc-status": grpcStatus.unimplemented,
    "grpc-message": `the encoding ${encodeURIComponent(String(encoding))} is not known here`,
    "grpc-accept-encoding": encodings.join(","),
  });
}

function answer(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): true {
  stream.respond(headers, { endStream: true });
  stream.resume(); // what it still sends is nobody's
  return true;
}
