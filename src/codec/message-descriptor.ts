import type { EnumType, FieldKind, MessageField, ScalarKind } from "./message-type.js";
import type { Scope } from "./proto-scope.js";
import { isEnumType } from "./type-graph.js";

/** Numbers of FieldDescriptorProto.Type. */
const scalarNumbers: Readonly<Record<ScalarKind, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};
const messageNumber = 11;
const enumNumber = 14;
/** Numbers of FieldDescriptorProto.Label. */
const label = { optional: 1, repeated: 3 } as const;

interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly label: number;
  readonly type: number;
  readonly typeName?: string;
  readonly jsonName: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
}

/** A message as descriptor.proto describes it. */
export interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly MessageDescriptor[];
  readonly enumType: readonly unknown[];
  readonly oneofDecl: readonly { readonly name: string }[];
  readonly options?: { readonly mapEntry: boolean };
}

/** Types are named in full, with a dot before: so no reader has to look them up in scopes. */
function typeOf(kind: FieldKind): { readonly type: number; readonly typeName?: string } {
  if (kind.kind === "scalar") return { type: scalarNumbers[kind.scalar] };
  if (kind.kind === "enum") return { type: enumNumber, typeName: `.${kind.enum.name}` };
  return { type: messageNumber, typeName: `.${kind.type.name}` };
}

/** `price_by_item` as `PriceByItemEntry`, which is how protoc calls the entries of a map. */
const entryName = (protoName: string): string =>
  `${protoName.replace(/(^|_)([a-z0-9])/gi, (_all, _before, letter: string) => letter.toUpperCase())}Entry`;

const entryField = (name: string, number: number, kind: FieldKind): FieldDescriptor => ({
  name,
  number,
  label: label.optional,
  jsonName: name,
  ...typeOf(kind),
});

/** The message that a map is a list of. */
const mapEntry = ({ protoName, mapKey = "string", type }: MessageField): MessageDescriptor => ({
  name: entryName(protoName),
  field: [entryField("key", 1, { kind: "scalar", scalar: mapKey }), entryField("value", 2, type)],
  nestedType: [],
  enumType: [],
  oneofDecl: [],
  options: { mapEntry: true },
});

/** Describes the message at a place in the tree of names; `fullName` is its own. */
export function describeMessage(
  name: string,
  fullName: string,
  { type, children }: Scope,
): MessageDescriptor {
  const fields = type && !isEnumType(type) ? type.fields : [];
  // Fields that are optional by themselves stand in oneofs of their own, which come last.
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const synthetic: string[] = [];
  const described = fields.map((field): FieldDescriptor => {
    const { protoName, number, rule, oneof } = field;
    const common = { name: protoName, number, jsonName: field.name };
    if (rule === "map") {
      const typeName = `.${fullName}.${entryName(protoName)}`;
      return { ...common, label: label.repeated, type: messageNumber, typeName };
    }
    const plain = { ...common, ...typeOf(field.type) };
    if (rule === "repeated") return { ...plain, label: label.repeated };
    const one = { ...plain, label: label.optional };
    if (oneof !== undefined) return { ...one, oneofIndex: oneofs.indexOf(oneof) };
    if (rule !== "optional") return one;
    synthetic.push(`_${protoName}`);
    return { ...one, proto3Optional: true, oneofIndex: oneofs.length + synthetic.length - 1 };
  });
  const { messages, enums } = describeScope(children, fullName);
  return {
    name,
    field: described,
    nestedType: [...messages, ...fields.filter(({ rule }) => rule === "map").map(mapEntry)],
    enumType: enums,
    oneofDecl: [...oneofs, ...synthetic].map((oneof) => ({ name: oneof })),
  };
}

/** Describes what stands below a place in the tree of names, which is called `prefix`. */
export function describeScope(
  children: Scope["children"],
  prefix: string,
): { readonly messages: MessageDescriptor[]; readonly enums: unknown[] } {
  const messages: MessageDescriptor[] = [];
  const enums: unknown[] = [];
  for (const [name, scope] of children) {
    if (scope.type && isEnumType(scope.type)) enums.push(describeEnum(name, scope.type));
    else messages.push(describeMessage(name, prefix ? `${prefix}.${name}` : name, scope));
  }
  return { messages, enums };
}

/** In proto3 the value 0 comes first. */
function describeEnum(name: string, { values }: EnumType): unknown {
  const all = Object.entries(values).map(([value, number]) => ({ name: value, number }));
  const aliased = new Set(Object.values(values)).size < all.length;
  return {
    name,
    value: [
      ...all.filter(({ number }) => number === 0),
      ...all.filter(({ number }) => number !== 0),
    ],
    ...(aliased && { options: { allowAlias: true } }),
  };
}
