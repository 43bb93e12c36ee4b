import type { OutgoingHttpHeaders } from "node:http2";
import {
  acceptedEncodings,
  header,
  toMetadata,
  writeGrpcHeaders,
  writeGrpcTimeout,
  type Attempt,
} from "../../../src/spi.js";
import type { CallTarget } from "./call-target.js";

/** Nanoseconds of a millisecond. */
const nanoseconds = 1_000_000;
/** Milliseconds below which a rest comes from how differences of times are rounded. */
const leastMs = 0.001;

/**
 * The headers of an attempt. Its time limit goes in whole milliseconds, rounded up: so most calls say the
 * same, which HTTP/2 sends in a byte.
 * @param from what the caller's service is called
 * @param compressed whether the requests are
 * @param timeoutMs milliseconds to the deadline; Infinity without one
 * @throws BadRequest `transport.bad-header` for a name that gRPC does not allow in metadata.
 */
export function requestHeaders(
  attempt: Attempt,
  target: CallTarget,
  from: string,
  compressed: boolean,
  timeoutMs: number,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ":method": "POST",
    ":path": target.pathAt(attempt.node),
    "content-type": target.grpcType,
    te: "trailers",
    "grpc-accept-encoding": acceptedEncodings,
    "x-content-type": target.contentType,
  };
  if (compressed) headers["grpc-encoding"] = "gzip";
  const { metadata } = attempt;
  if (metadata) {
    const texts = toMetadata(metadata);
    texts[header.fromService] ??= from;
    writeGrpcHeaders(texts, headers);
  } else headers[header.fromService] = from;
  if (timeoutMs !== Infinity) {
    const ms = Math.max(1, Math.ceil(timeoutMs - leastMs));
    headers["grpc-timeout"] = writeGrpcTimeout(ms);
    headers[header.timeout] = String(ms * nanoseconds);
  }
  if (attempt.kind !== "unary") headers[header.shape] = attempt.kind;
  if (attempt.attempt > 1) headers[header.attempt] = String(attempt.attempt);
  return headers;
}
