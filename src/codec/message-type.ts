/** Protobuf's scalar kinds. */
export type ScalarKind =
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "bool"
  | "string"
  | "bytes";

/** An enum: names and numbers. Values travel in code as the number's name. */
export interface EnumType {
  /** Full name with its package, such as `shop.Color`. */
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
}

/** The type of a field's values. */
export type FieldKind =
  | { readonly kind: "scalar"; readonly scalar: ScalarKind }
  | { readonly kind: "enum"; readonly enum: EnumType }
  | { readonly kind: "message"; readonly type: MessageType };

/** One field of a message. */
export interface MessageField {
  /** Name in TypeScript and in JSON: lowerCamelCase. */
  readonly name: string;
  /** Name in the `.proto`: snake_case as written. */
  readonly protoName: string;
  /** Field number on the wire. */
  readonly number: number;
  /** `optional` tells an absent value from the zero value. */
  readonly rule: "one" | "optional" | "repeated" | "map";
  /** For `map`: the key's scalar. */
  readonly mapKey?: ScalarKind;
  readonly type: FieldKind;
  /** Name of the oneof it belongs to. */
  readonly oneof?: string;
}

/**
 * The shape of a message, independent of any codec and library: proto3's model. Made from a
 * `.proto` file or from decorated classes; fields are read late so that types may be cyclic.
 *
 * In code, 64-bit integers are `bigint` (numbers and decimal strings are taken as well), bytes are
 * `Uint8Array`, enums are the value's name (its number when unknown), maps are plain objects.
 */
export interface MessageType<T = unknown> {
  /** Full name with its package, such as `greeter.HelloRequest`. */
  readonly name: string;
  readonly fields: readonly MessageField[];
  /** The class to make values of; plain objects when left out. */
  readonly construct?: new () => T & object;
}
