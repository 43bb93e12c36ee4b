import { toJsonValue, type MessageKind, type MessageType } from "../../../src/spi.js";
import { printJson } from "./print-json.js";

/**
 * The JSON of a body. Never empty: nothing is `{}` in a request and `null` elsewhere, which Go peers
 * can read. @throws BadRequest `codec.unwritable`.
 */
export function jsonText(kind: MessageKind, value: unknown, type?: MessageType): string {
  if (type) return JSON.stringify(toJsonValue(type, value));
  if (value === undefined) return kind === "request" ? "{}" : "null";
  return printJson(value);
}
