import { newMetadata, type Metadata } from "../base/metadata.js";
import { header, readTimeoutMs, writeTimeout } from "../call/headers.js";
import type { LaneRequest } from "../transport/lane.js";
import { maxCalls } from "./protocol.js";
import type { FrameRoute } from "./route-frame.js";

/** Names that a route or a call's own fields tell. */
const told: ReadonlySet<string> = new Set([
  header.contentType,
  header.accept,
  header.service,
  header.endpoint,
  header.method,
  header.id,
  header.stream,
  header.shape,
  header.timeout,
  header.attempt,
  header.error,
]);

/** The route of a stream, from the headers of the message that opens it. */
export const routeOf = (headers: Metadata): FrameRoute => ({
  service: headers[header.service] ?? "",
  endpoint: headers[header.endpoint] ?? "",
  contentType: headers[header.contentType] ?? "",
  shape: headers[header.shape] ?? "bidi-stream",
});

/** What else those headers say. */
export function headOf(headers: Metadata): {
  readonly timeoutMs: number;
  readonly attempt: number;
  readonly metadata: Metadata;
} {
  const metadata = newMetadata();
  for (const name in headers) if (!told.has(name)) metadata[name] = headers[name]!;
  return {
    timeoutMs: readTimeoutMs(headers[header.timeout]) ?? Number.POSITIVE_INFINITY,
    attempt: Number(headers[header.attempt] ?? 1),
    metadata,
  };
}

/** The headers of the message that opens a stream, from what came as a call. */
export function headersOf(request: LaneRequest, route: FrameRoute): Metadata {
  const { timeoutMs, attempt, number } = request;
  const headers = request.readMetadata(route);
  headers[header.contentType] = route.contentType;
  headers[header.id] = headers[header.stream] = String(number % maxCalls);
  headers[header.shape] = route.shape;
  if (timeoutMs !== Number.POSITIVE_INFINITY) headers[header.timeout] = writeTimeout(timeoutMs);
  if (attempt > 1) headers[header.attempt] = String(attempt);
  return headers;
}
