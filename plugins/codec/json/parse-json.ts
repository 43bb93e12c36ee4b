import { isUtf8 } from "node:buffer";
import { BadRequest } from "../../../src/spi.js";
import { maxDepth } from "./depth.js";

const malformed = (detail: string, cause?: unknown): BadRequest =>
  new BadRequest(detail, { reason: "codec.malformed", cause });

/** Refuses what is nested too deep, and members called `__proto__`: merging them is dangerous. */
function inspect(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth >= maxDepth) throw malformed(`the JSON is nested deeper than ${maxDepth} levels`);
  if (Object.hasOwn(value, "__proto__")) throw malformed('the JSON has a member "__proto__"');
  for (const member of Array.isArray(value) ? (value as unknown[]) : Object.values(value))
    inspect(member, depth + 1);
}

/**
 * The value of the JSON text in UTF-8 from `start` to `end`. A `mapped` value will be read by a
 * message type, which takes what it knows and no more, and needs no inspection.
 * @throws BadRequest `codec.malformed`.
 */
export function parseJson(bytes: Buffer, start: number, end: number, mapped: boolean): unknown {
  const text = bytes.toString("utf8", start, end);
  if (text.includes("\uFFFD") && !isUtf8(bytes.subarray(start, end)))
    throw malformed("the body is not UTF-8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed("the body is not JSON", error); // the cause quotes the body: it stays at home
  }
  if (mapped) return value;
  // A level takes two characters; a member's name may hide behind escapes.
  const suspect = text.length > 2 * maxDepth || text.includes("__proto__") || text.includes("\\u");
  if (suspect) inspect(value, 0);
  return value;
}
