import { tagOf, type FieldCode } from "./field-code.js";
import { literalCode } from "./literal-code.js";
import { sized } from "./value-code.js";

const isMany = ({ rule }: FieldCode): boolean => rule === "repeated" || rule === "map";

/** `f3` is the value of field 3 so far; undefined where nothing came and no zero is cheap. */
function initial(field: FieldCode): string {
  if (field.rule === "repeated") return "[]";
  if (field.rule === "map") return "{}";
  return field.absent || field.value.zero.startsWith("new ") ? "undefined" : field.value.zero;
}

function continued(field: FieldCode): string {
  const before = `readProperty(before, ${JSON.stringify(field.name)})`;
  if (field.rule === "repeated") return `listOf(${before})`;
  return field.rule === "map" ? `mapOf(${before})` : before;
}

function mapCase({ index, number, value, key }: FieldCode): string[] {
  if (!key) return [];
  const isMessage = value.zero === "undefined";
  const entry = [
    "const stop = at + size;",
    `let k = ${key.zero}, x = ${value.zero};`,
    "while (at < stop) {",
    "tag = buffer[at++];",
    "if (tag > 127) { tag = readTag(buffer, at - 1, stop); at = cursor.at; }",
    `if (tag === ${tagOf(1, key.wire)}) {`,
    key.read("k", "stop"),
    `} else if (tag === ${tagOf(2, value.wire)}) {`,
    value.read("x", "stop"),
    "} else at = skip(buffer, at, stop, tag, depth);",
    "}",
    ...(isMessage ? [`if (x === undefined) x = message${index}.read(buffer, at, at, 0);`] : []),
    `setProperty(f${index}, String(k), x);`,
  ];
  return [
    `case ${tagOf(number, 2)}: {`,
    sized(() => entry.join("\n"))("", "end"),
    "continue;",
    "}",
  ];
}

function listCases({ index, number, value, packed }: FieldCode): string[] {
  const single = [
    `case ${tagOf(number, value.wire)}: {`,
    "let x;",
    value.read("x", "end"),
    `f${index}.push(x);`,
    "continue;",
    "}",
  ];
  if (!packed) return single;
  const block = [
    "const stop = at + size;",
    "while (at < stop) {",
    "let x;",
    value.read("x", "stop"),
    `f${index}.push(x);`,
    "}",
  ];
  return [
    `case ${tagOf(number, 2)}: {`,
    sized(() => block.join("\n"))("", "end"),
    "continue;",
    "}",
    ...single,
  ];
}

function fieldCases(field: FieldCode, fields: readonly FieldCode[]): string[] {
  if (field.rule === "repeated") return listCases(field);
  if (field.rule === "map") return mapCase(field);
  const others = fields.filter(
    ({ oneof, index }) => oneof !== undefined && oneof === field.oneof && index !== field.index,
  );
  return [
    `case ${tagOf(field.number, field.value.wire)}: {`,
    field.value.read(`f${field.index}`, "end"),
    ...others.map(({ index }) => `f${index} = undefined;`),
    "continue;",
    "}",
  ];
}

/**
 * The body of `read(buffer, at, end, depth, before)`. `before` is what an earlier occurrence of the
 * same field gave: the message goes on from there, as if the bytes stood one behind the other.
 */
export function readCode(fields: readonly FieldCode[], construct: boolean): string[] {
  return [
    "if (depth > maxDepth) tooDeep();",
    "let tag, size;",
    ...fields.map((field) => `let f${field.index} = ${initial(field)};`),
    "if (before !== undefined) {",
    ...fields.map((field) => `f${field.index} = ${continued(field)};`),
    "}",
    "while (at < end) {",
    "tag = buffer[at++];",
    "if (tag > 127) { tag = readTag(buffer, at - 1, end); at = cursor.at; }",
    "switch (tag) {",
    ...fields.flatMap((field) => fieldCases(field, fields)),
    "}",
    "at = skip(buffer, at, end, tag, depth);",
    "}",
    ...fields
      .filter((field) => !isMany(field) && !field.absent && field.value.zero.startsWith("new "))
      .map(({ index, value }) => `if (f${index} === undefined) f${index} = ${value.zero};`),
    ...literalCode(fields, construct),
  ];
}
