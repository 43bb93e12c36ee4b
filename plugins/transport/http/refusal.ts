import type { RpcError } from "../../../src/spi.js";

/** The answer to bytes that are no acceptable request: status line, head and body, then the end. */
export function refusal(error: RpcError): Uint8Array {
  const { id, code, detail, status, reason, retry } = error;
  const body = JSON.stringify({ id, code, detail, status, reason, retry });
  const head = [
    `HTTP/1.1 ${code} ${status}`,
    "Content-Type: application/json",
    `Micro-Error: ${body}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "utf8");
}
