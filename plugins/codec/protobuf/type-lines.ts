import type {
  EnumType,
  FieldKind,
  MessageField,
  MessageType,
  ScalarKind,
} from "../../../src/spi.js";
import type { TypeNames } from "./type-names.js";

function scalarType(kind: ScalarKind): string {
  if (kind === "string") return "string";
  if (kind === "bool") return "boolean";
  if (kind === "bytes") return "Uint8Array";
  return kind.endsWith("64") ? "bigint" : "number";
}

function valueType(kind: FieldKind, names: TypeNames): string {
  if (kind.kind === "scalar") return scalarType(kind.scalar);
  return names.of(kind.kind === "enum" ? kind.enum : kind.type);
}

/** A property's name, quoted where it must be. */
export const propertyName = (name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) && name !== "__proto__" ? name : `[${JSON.stringify(name)}]`;

function propertyLine(field: MessageField, names: TypeNames): string {
  const value = valueType(field.type, names);
  const name = propertyName(field.name);
  if (field.rule === "repeated") return `  ${name}: ${value}[];`;
  if (field.rule === "map") return `  ${name}: Record<string, ${value}>;`;
  const absent =
    field.rule === "optional" || field.oneof !== undefined || field.type.kind === "message";
  return absent ? `  ${name}?: ${value} | undefined;` : `  ${name}: ${value};`;
}

function oneofsOf(type: MessageType): string {
  const oneofs = [...new Set(type.fields.flatMap(({ oneof }) => oneof ?? []))];
  return oneofs.length > 0 ? ` At most one member of each oneof: ${oneofs.join(", ")}.` : "";
}

/** The interfaces of messages and the unions of the enums that they use. */
export function typeLines(messages: readonly MessageType[], names: TypeNames): string[][] {
  const enums = new Map<string, EnumType>();
  for (const { fields } of messages)
    for (const { type } of fields) if (type.kind === "enum") enums.set(type.enum.name, type.enum);
  const unions = [...enums.values()].map((type) => [
    `/** \`${type.name}\`: a value's name, or its number when this file does not know it. */`,
    `export type ${names.of(type)} = ${[
      ...Object.keys(type.values).map((value) => JSON.stringify(value)),
      "number",
    ].join(" | ")};`,
  ]);
  const interfaces = messages.map((type) => [
    `/** \`${type.name}\`.${oneofsOf(type)} */`,
    `export interface ${names.of(type)} {`,
    ...type.fields.map((field) => propertyLine(field, names)),
    "}",
  ]);
  return [...unions, ...interfaces];
}
