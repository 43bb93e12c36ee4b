import type { ScalarKind } from "../src/spi.js";

/** A class with `@Message`. */
export type MessageClass = new () => object;

/** What a field holds one of: a scalar, a message, or a message named late because of a circle. */
export type ItemType = ScalarKind | MessageClass | (() => MessageClass);

/** Names and numbers of an enum: a TypeScript enum of numbers, or a plain object. */
export type EnumValues = Readonly<Record<string, string | number>>;

/** Further facts of a field. */
export interface FieldOptions {
  /** Absence can be told from the zero value: the property is undefined. */
  readonly optional?: boolean;
  /** The oneof it belongs to; of its members at most one is set. */
  readonly oneof?: string;
  /** The field is repeated: the property is an array. */
  readonly repeated?: boolean;
  /** The field is a map from text, numbers or booleans; the property is a plain object. */
  readonly map?: readonly [key: ScalarKind, value: ItemType | { readonly enum: EnumValues }];
  /** The field is an enum. Values arrive by name; they may be sent by name or number. */
  readonly enum?: EnumValues;
  /**
   * The enum's name in the `.proto`, within the message. Default: the name of the first property
   * that has this enum, capitalised.
   */
  readonly enumName?: string;
  /** Name in the `.proto`. Default: the property's in snake_case. */
  readonly protoName?: string;
}

/** The type of a field; in a list, the type of its items. */
export type FieldType = ItemType | readonly [ItemType];
