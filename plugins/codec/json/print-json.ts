import { BadRequest } from "../../../src/spi.js";
import { maxDepth } from "./depth.js";

const unwritable = (detail: string): BadRequest =>
  new BadRequest(detail, { reason: "codec.unwritable" });

/** Whether JSON's own printer needs help. Refuses what it would lose, or die of. */
function needsHelp(value: unknown, depth: number): boolean {
  if (typeof value === "bigint") return true;
  if (typeof value !== "object" || value === null) return false;
  if (depth >= maxDepth)
    throw unwritable(`the value is nested deeper than ${maxDepth} levels, or holds itself`);
  if (value instanceof Uint8Array) return true;
  if (value instanceof Map || value instanceof Set)
    throw unwritable(`JSON has no ${value.constructor.name}: use an array or an object`);
  let help = "toJSON" in value; // what it returns is not known yet
  for (const member of Array.isArray(value) ? (value as unknown[]) : Object.values(value))
    help = needsHelp(member, depth + 1) || help;
  return help;
}

function replace(this: Readonly<Record<string, unknown>>, key: string, printed: unknown): unknown {
  const value = this[key]; // before its own `toJSON`, which a Buffer has
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  return typeof printed === "bigint" ? String(printed) : printed;
}

/**
 * JSON of any value: bytes as base64, bigint as decimal text, else as `JSON.stringify`.
 * @throws BadRequest `codec.unwritable` for maps, sets, functions, values that hold themselves.
 */
export function printJson(value: unknown): string {
  const text = JSON.stringify(value, needsHelp(value, 0) ? replace : undefined) as
    string | undefined;
  if (text === undefined) throw unwritable(`JSON has no ${typeof value}`);
  return text;
}
