import type { Duplex } from "node:stream";
import { rpcError, type ErrorCode } from "../../../src/spi.js";
import { lastWords } from "./last-words.js";

interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly detail: string;
}

const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    code: 431,
    reason: "transport.headers-too-large",
    detail: "the headers are over the limit",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 408,
    reason: "transport.message-timeout",
    detail: "the request did not arrive in time",
  },
};

const malformed: Refusal = {
  code: 400,
  reason: "transport.malformed",
  detail: "this is no HTTP/1.1",
};

/** Answers bytes that are no request, and closes the connection. `id` says who speaks. */
export function refuseBytes(
  { code: cause }: { readonly code?: string },
  socket: Duplex,
  id: string,
): void {
  if (!socket.writable || cause === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const { code, reason, detail } = refusals[cause ?? ""] ?? malformed;
  socket.end(lastWords(rpcError(code, detail, { id, reason })));
}
