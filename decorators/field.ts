import type { ScalarKind } from "../src/spi.js";
import { recordField } from "./field-records.js";
import { designType } from "./metadata.js";

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

/**
 * A field of a `@Message` class. `number` is its name on the wire: never reuse one. The type is
 * inferred for String (string), Number (double), Boolean (bool), BigInt (int64), Uint8Array (bytes)
 * and message classes; say others: `@Field(2, "int32")`, `@Field(3, [Item])`, `@Field(4, () => Node)`,
 * `@Field(5, { map: ["string", Item] })`, `@Field(6, { enum: Color })`. Compilers that emit no
 * decorator metadata, such as esbuild, need every type said.
 *
 * Problems are reported by the first use of the message type, when all classes exist.
 * @throws OptionError on properties named by symbols and on static ones.
 */
export function Field(number: number, options?: FieldOptions): PropertyDecorator;
export function Field(number: number, type: FieldType, options?: FieldOptions): PropertyDecorator;
export function Field(
  number: number,
  typeOrOptions?: FieldType | FieldOptions,
  more?: FieldOptions,
): PropertyDecorator {
  const isOptions = typeof typeOrOptions === "object" && !Array.isArray(typeOrOptions);
  const type = isOptions ? undefined : (typeOrOptions as FieldType | undefined);
  const options = (isOptions ? (typeOrOptions as FieldOptions) : more) ?? {};
  return (target, property) => {
    const noted = designType(target, property);
    recordField(target, { number, type, designType: noted, options }, property);
  };
}
