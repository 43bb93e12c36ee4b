import type { RpcError } from "../base/error.js";
import { decodeError, encodeError, type ErrorClasses } from "../call/error-wire.js";

/** How the line begins that ends a stream of JSON lines with an error. */
const start = '{"error":';
const startBytes = Buffer.from(start);
const blank = Buffer.from(" ");

/** The line of an error. */
export const writeErrorLine = (error: RpcError): string => `${start}${encodeError(error)}}\n`;

/** The error of a line; undefined for a line that is a value. */
export function readErrorLine(
  line: Buffer,
  id: string,
  classes: ErrorClasses,
): RpcError | undefined {
  if (!startsAsError(line)) return undefined;
  const text = line.toString("utf8").trimEnd();
  return decodeError(text.slice(start.length, -1), id, classes);
}

/** The line of a value; one that could be taken for an error gets a blank before it, which JSON allows. */
export const valueLine = (line: Uint8Array): Uint8Array =>
  startsAsError(line) ? Buffer.concat([blank, line]) : line;

const startsAsError = (line: Uint8Array): boolean =>
  startBytes.equals(line.subarray(0, startBytes.length));
