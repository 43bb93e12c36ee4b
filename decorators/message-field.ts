import {
  OptionError,
  type EnumType,
  type FieldKind,
  type MessageField,
  type MessageType,
  type ScalarKind,
} from "../src/spi.js";
import type { EnumValues, FieldType, ItemType } from "./field-types.js";
import type { FieldRecord } from "./field-records.js";

/** What the fields of one message share. */
export interface MessageScope {
  /** Full name of the message. */
  readonly name: string;
  /** Its enums so far, by the values they were made of. */
  readonly enums: Map<EnumValues, EnumType>;
  /** Finds the message type of a class. @throws OptionError when it is no message. */
  readonly typeOf: (Class: new () => object) => MessageType;
}

const inferred = new Map<unknown, ScalarKind>([
  [String, "string"],
  [Number, "double"],
  [Boolean, "bool"],
  [BigInt, "int64"],
  [Uint8Array, "bytes"],
]);
/** What compilers note for types that do not exist at run time. */
const vague: readonly unknown[] = [Object, Array, Function, Map, Set, Promise];

const isClass = (value: unknown): value is new () => object =>
  typeof value === "function" && Object.hasOwn(value, "prototype"); // arrow functions have none

function inferItem(where: string, designType: unknown): ItemType {
  const scalar = inferred.get(designType);
  if (scalar) return scalar;
  if (isClass(designType) && !vague.includes(designType)) return designType;
  const problem =
    designType === undefined
      ? "the compiler noted no type"
      : `${(designType as { readonly name: string }).name} says too little`;
  throw new OptionError(
    `${where}: ${problem}; say it, as in @Field(1, "string") or @Field(1, [Item])`,
  );
}

function enumOf(scope: MessageScope, record: FieldRecord, values: EnumValues): EnumType {
  const known = scope.enums.get(values);
  if (known) return known;
  const { property, options } = record;
  const numbers: Record<string, number> = {};
  // A TypeScript enum also holds its names by number.
  for (const [name, number] of Object.entries(values))
    if (typeof number === "number" && Number.isNaN(Number(name))) numbers[name] = number;
  if (!Object.values(numbers).includes(0))
    throw new OptionError(`${scope.name}.${property}: an enum needs a value with number 0`);
  // Protobuf puts an enum's values beside it, so two enums of one message cannot share a name.
  for (const other of scope.enums.values()) {
    const shared = Object.keys(numbers).find((name) => Object.hasOwn(other.values, name));
    if (shared !== undefined)
      throw new OptionError(
        `${scope.name}.${property}: ${other.name} has a value ${shared} already`,
      );
  }
  const name = options.enumName ?? property.charAt(0).toUpperCase() + property.slice(1);
  const made = { name: `${scope.name}.${name}`, values: numbers };
  scope.enums.set(values, made);
  return made;
}

function itemKind(item: ItemType, scope: MessageScope): FieldKind {
  if (typeof item === "string") return { kind: "scalar", scalar: item };
  const Class = isClass(item) ? item : item();
  return { kind: "message", type: scope.typeOf(Class) };
}

function kindOf(scope: MessageScope, record: FieldRecord): FieldKind {
  const { options, type } = record;
  const where = `${scope.name}.${record.property}`;
  const value = options.map ? options.map[1] : undefined;
  const values = typeof value === "object" ? value.enum : options.enum;
  if (values) return { kind: "enum", enum: enumOf(scope, record, values) };
  if (value !== undefined) return itemKind(value as ItemType, scope);
  if (type === undefined) return itemKind(inferItem(where, record.designType), scope);
  const [item] = Array.isArray(type) ? (type as readonly (ItemType | undefined)[]) : [type];
  if (item === undefined)
    throw new OptionError(`${where}: its type is undefined here; say it late: () => Item`);
  return itemKind(item as ItemType, scope);
}

const isList = (type: FieldType | undefined): boolean => Array.isArray(type);
const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter, at: number) => (at > 0 ? "_" : "") + letter.toLowerCase());

/** The field of a message that `@Field` described. @throws OptionError for what makes no sense. */
export function messageField(scope: MessageScope, record: FieldRecord): MessageField {
  const { property, number, options, type } = record;
  const repeated = isList(type) || options.repeated === true;
  const rules = [repeated && "repeated", options.map && "map", options.optional && "optional", options.oneof !== undefined && "oneof"].filter(Boolean); // prettier-ignore
  if (rules.length > 1)
    throw new OptionError(`${scope.name}.${property} cannot be ${rules.join(" and ")} at once`);
  const rule = repeated ? "repeated" : options.map ? "map" : options.optional ? "optional" : "one";
  return {
    name: property,
    protoName: options.protoName ?? snakeCase(property),
    number,
    rule,
    type: kindOf(scope, record),
    ...(options.map && { mapKey: options.map[0] }),
    ...(options.oneof !== undefined && { oneof: options.oneof }),
  };
}
