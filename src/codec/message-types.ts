import { OptionError } from "../base/options.js";
import { protoName } from "./field-names.js";
import type { EnumType, FieldKind, MessageField, MessageType, ScalarKind } from "./message-type.js";

/** A field of {@link MessageTypesLiteral}. */
export interface FieldLiteral {
  /** Name in code. */
  readonly name: string;
  /** Name in the `.proto`; `name` in snake_case when left out. */
  readonly protoName?: string;
  readonly number: number;
  /** A scalar, or the full name of an enum or message of the same literal. */
  readonly type: string;
  /** `one` when left out. */
  readonly rule?: MessageField["rule"];
  /** For `map`: the key's scalar. */
  readonly mapKey?: ScalarKind;
  readonly oneof?: string;
}

/** Messages and enums by full name, as generated contracts carry them. */
export interface MessageTypesLiteral<Names extends string = string> {
  readonly enums?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly messages: Readonly<Record<Names, readonly FieldLiteral[]>>;
}

const scalars: ReadonlySet<string> = new Set<ScalarKind>([
  "double",
  "float",
  "int32",
  "int64",
  "uint32",
  "uint64",
  "sint32",
  "sint64",
  "fixed32",
  "fixed64",
  "sfixed32",
  "sfixed64",
  "bool",
  "string",
  "bytes",
]);

/** True for the fifteen scalar kinds of protobuf. */
export const isScalarKind = (name: string): name is ScalarKind => scalars.has(name);

/**
 * Message types from a plain literal, whose messages may refer to each other in circles.
 * @throws OptionError for a field of a type that the literal does not hold.
 */
export function messageTypes<Names extends string>(
  literal: MessageTypesLiteral<Names>,
): Readonly<Record<Names, MessageType>> {
  const enums = new Map<string, EnumType>();
  for (const [name, values] of Object.entries(literal.enums ?? {}))
    enums.set(name, { name, values });
  const messages = new Map<string, { name: string; fields: MessageField[] }>();
  for (const name of Object.keys(literal.messages)) messages.set(name, { name, fields: [] });

  const kindOf = (owner: string, { name, type }: FieldLiteral): FieldKind => {
    if (isScalarKind(type)) return { kind: "scalar", scalar: type };
    const enumType = enums.get(type);
    if (enumType) return { kind: "enum", enum: enumType };
    const message = messages.get(type);
    if (message) return { kind: "message", type: message };
    throw new OptionError(`${owner}.${name} has the unknown type ${type}`);
  };

  for (const message of messages.values())
    for (const field of literal.messages[message.name as Names])
      message.fields.push({
        name: field.name,
        protoName: field.protoName ?? protoName(field.name),
        number: field.number,
        rule: field.rule ?? "one",
        type: kindOf(message.name, field),
        ...(field.mapKey !== undefined && { mapKey: field.mapKey }),
        ...(field.oneof !== undefined && { oneof: field.oneof }),
      });
  return Object.fromEntries<MessageType>(messages) as Record<Names, MessageType>;
}
