import type { MessageType } from "../../../src/spi.js";
import { codeTools } from "./code-tools.js";
import { enumCode } from "./enum-code.js";
import { fieldCode } from "./field-code.js";
import { fitKey } from "./map-key.js";
import { readCode } from "./read-code.js";
import { roomCode } from "./room-code.js";
import { writeCode } from "./write-code.js";

/** What a message type is compiled to. `depth` counts the messages around. */
export interface MessageCode {
  /** Bytes that `write` takes at most. @throws Unfit for what the type cannot hold, if it looks at it. */
  room(value: unknown, depth: number): number;
  /** Writes at `at` and answers where the message ends. @throws Unfit for what the type cannot hold. */
  write(value: unknown, buffer: Buffer, at: number, depth: number): number;
  /**
   * Reads from `at` to `end`, going on from `before` if that is given.
   * @throws Malformed for bytes that are not of the type.
   */
  read(buffer: Buffer, at: number, end: number, depth: number, before?: unknown): unknown;
}

/** Tables and types of single fields, under the names that `value-code.ts` gives them. */
function ownNames(type: MessageType, codeOf: (type: MessageType) => MessageCode): object {
  const own: Record<string, unknown> = { construct: type.construct };
  type.fields.forEach(({ type: kind, rule, mapKey }, index) => {
    if (kind.kind === "message") own[`message${index}`] = codeOf(kind.type);
    if (kind.kind === "enum") own[`enum${index}`] = enumCode(kind.enum);
    if (rule === "map") own[`key${index}`] = fitKey(mapKey ?? "string");
  });
  return own;
}

/**
 * Compiles a message type into straight functions: no loop over fields, no object between the value
 * and its bytes. Names enter the code as quoted text only.
 */
export function compileMessage(
  type: MessageType,
  codeOf: (type: MessageType) => MessageCode,
): MessageCode {
  const fields = type.fields.map(fieldCode);
  const own = ownNames(type, codeOf);
  const source = [
    '"use strict";',
    `const { ${Object.keys(codeTools).join(", ")} } = tools;`,
    `const { ${Object.keys(own).join(", ")} } = own;`,
    // Widths of lengths, as they were the last time: mostly they are so again.
    ...fields.map(({ index }) => `let width${index} = 1, entryWidth${index} = 1;`),
    "return {",
    "room(value, depth) {",
    ...roomCode(fields),
    "},",
    "write(value, buffer, at, depth) {",
    ...writeCode(fields),
    "},",
    "read(buffer, at, end, depth, before) {",
    ...readCode(fields, type.construct !== undefined),
    "},",
    "};",
  ].join("\n");
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the point of this file
  const make = new Function("tools", "own", source) as (tools: object, own: object) => MessageCode;
  return make(codeTools, own);
}
