import { OptionError } from "../base/options.js";
import type { EnumType, MessageType } from "./message-type.js";

/** What can be declared in a `.proto`: a message, or an enum (it has `values`). */
export type Declared = MessageType | EnumType;

/** Tells enums from messages. */
export const isEnumType = (type: Declared): type is EnumType => "values" in type;

function shapeOf(type: Declared): string {
  if (isEnumType(type)) return JSON.stringify(type.values);
  const fields = type.fields.map(({ type: kind, ...field }) => {
    const target =
      kind.kind === "scalar" ? kind.scalar : kind.kind === "enum" ? kind.enum.name : kind.type.name;
    return [
      field.name,
      field.protoName,
      field.number,
      field.rule,
      field.mapKey,
      field.oneof,
      kind.kind,
      target,
    ];
  });
  return JSON.stringify(fields);
}

const name = /^[A-Za-z_]\w*$/;

/** Refuses what would print as something else than a name: the text may be compiled. */
function requireNames(type: Declared): void {
  const inner = isEnumType(type)
    ? Object.keys(type.values)
    : type.fields.map((field) => field.protoName);
  const oneofs = isEnumType(type) ? [] : type.fields.flatMap(({ oneof }) => oneof ?? []);
  for (const part of [...type.name.split("."), ...inner, ...oneofs])
    if (!name.test(part) || part === "__proto__")
      throw new OptionError(
        `${type.name}: ${JSON.stringify(part)} is no name that protobuf can have`,
      );
}

/**
 * The messages and all messages and enums that they lead to, by full name. Two types of one name
 * are taken for one if they have the same fields: a file may have been loaded twice.
 * @throws OptionError when two types of one name differ, and for names that protobuf cannot have.
 */
export function reachableTypes(messages: readonly MessageType[]): Map<string, Declared> {
  const found = new Map<string, Declared>();
  const visited = new Set<Declared>();
  const visit = (type: Declared) => {
    if (visited.has(type)) return;
    visited.add(type);
    requireNames(type);
    const known = found.get(type.name);
    if (known && shapeOf(known) !== shapeOf(type))
      throw new OptionError(`two different types are named ${type.name}`);
    if (!known) found.set(type.name, type);
    if (isEnumType(type)) return;
    for (const { type: field } of type.fields) {
      if (field.kind === "message") visit(field.type);
      if (field.kind === "enum") visit(field.enum);
    }
  };
  messages.forEach(visit);
  return found;
}

/** The namespace of a full name: `shop` of `shop.Order`, the empty text without one. */
export const parentOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(".")));

/** The last part of a full name. */
export const shortName = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** The longest package that all the types share. Enclosing messages are no package. */
export function commonPackage(types: ReadonlyMap<string, Declared>): string {
  let common: readonly string[] | undefined;
  for (const name of types.keys()) {
    let parent = parentOf(name);
    while (types.has(parent)) parent = parentOf(parent);
    const parts = parent.split(".");
    const shared = common ?? parts;
    const end = shared.findIndex((part, index) => part !== parts[index]);
    common = end < 0 ? shared : shared.slice(0, end);
  }
  return common?.join(".") ?? "";
}
