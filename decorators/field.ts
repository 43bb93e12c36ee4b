import { recordField } from "./field-records.js";
import type { FieldOptions, FieldType } from "./field-types.js";
import { designType } from "./metadata.js";

export type { EnumValues, FieldOptions, FieldType, ItemType, MessageClass } from "./field-types.js";

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
