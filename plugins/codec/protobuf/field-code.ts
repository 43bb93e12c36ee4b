import type { MessageField } from "../../../src/spi.js";
import { isNumeric } from "./map-key.js";
import { scalarCode, valueCode, type ValueCode } from "./value-code.js";
import { widthOf } from "./wire-varint.js";

/** A field as the generators of code need it. */
export interface FieldCode {
  readonly index: number;
  readonly name: string;
  readonly number: number;
  readonly rule: MessageField["rule"];
  readonly oneof: string | undefined;
  /** Named like a member of `Object.prototype`: needs care. */
  readonly odd: boolean;
  /** Absence can be told from the zero value. */
  readonly absent: boolean;
  readonly value: ValueCode;
  /** For maps. */
  readonly key: ValueCode | undefined;
  /** Keys of the map may have more than one spelling. */
  readonly spelled: boolean;
  /** Lists of it are written as one block. */
  readonly packed: boolean;
}

/** Field `index` of its message. */
export function fieldCode(field: MessageField, index: number): FieldCode {
  const { name, number, rule, oneof, type } = field;
  const value = valueCode(type, index);
  const keyKind = rule === "map" ? (field.mapKey ?? "string") : undefined;
  const single = rule === "one" || rule === "optional";
  return {
    index,
    name,
    number,
    rule,
    oneof,
    odd: name in Object.prototype,
    absent: single && (rule === "optional" || oneof !== undefined || type.kind === "message"),
    value,
    key: keyKind && scalarCode(keyKind),
    spelled: keyKind !== undefined && isNumeric(keyKind),
    packed: rule === "repeated" && value.wire !== 2,
  };
}

/** A field's number and wire type, as one number. */
export const tagOf = (number: number, wire: number): number => ((number << 3) | wire) >>> 0;

/** Bytes of a field's tag. */
export const tagWidth = (number: number): number => widthOf(tagOf(number, 0));

/** Statements that write a field's tag. */
export function writeTag(number: number, wire: number): string {
  let rest = tagOf(number, wire);
  const lines: string[] = [];
  for (; rest > 127; rest >>>= 7) lines.push(`buffer[at++] = ${(rest & 127) | 128};`);
  return [...lines, `buffer[at++] = ${rest};`].join(" ");
}

/** Sets `v` to the field's value in `value`, then runs `lines` if there is one. */
export const whenPresent = (field: FieldCode, lines: readonly string[]): string[] => [
  `v = ${field.odd ? `readProperty(value, ${JSON.stringify(field.name)})` : `value[${JSON.stringify(field.name)}]`};`,
  "if (v !== undefined && v !== null) {",
  ...lines,
  "}",
];

/** The beginning of `room` and `write`: refuses what is no object, and what is nested too deep. */
export const requireObject =
  'if (typeof value !== "object" || value === null || isArray(value) || depth > maxDepth) unfit();';
