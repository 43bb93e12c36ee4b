import type { RpcError } from "../../../src/spi.js";
import { errorAnswer } from "./error-answer.js";

/** A whole answer with that error, for a connection that ends with it. */
export function lastWords(error: RpcError): string {
  const { status, text, headers, body } = errorAnswer(error);
  const lines = Object.entries({
    ...headers,
    "content-length": String(body.length),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${text}\r\n${lines.join("")}\r\n${body.toString("utf8")}`;
}
