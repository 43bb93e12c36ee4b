import { OptionError } from "../src/spi.js";
import type { FieldOptions, FieldType } from "./field-types.js";

/** What `@Field` noted of one property. */
export interface FieldRecord {
  readonly property: string;
  readonly number: number;
  /** Undefined: to be inferred from `designType`. */
  readonly type: FieldType | undefined;
  readonly designType: unknown;
  readonly options: FieldOptions;
}

const own = Symbol("plugboard.fields");
interface Recorded {
  readonly [own]: FieldRecord[];
}

/** Notes a field on the class that declares it. @throws OptionError for symbols and statics. */
export function recordField(
  target: object,
  record: Omit<FieldRecord, "property">,
  property: string | symbol,
): void {
  if (typeof property === "symbol" || typeof target === "function")
    throw new OptionError(
      `@Field(${record.number}) belongs on a property of instances with a name`,
    );
  const Class = target.constructor;
  if (!Object.hasOwn(Class, own)) Object.defineProperty(Class, own, { value: [] });
  (Class as unknown as Recorded)[own].push({ ...record, property });
}

/** The fields of a class: its parents' first, then its own, each in the order of the source. */
export function fieldRecords(Class: object): readonly FieldRecord[] {
  const parent = Object.getPrototypeOf(Class) as object | null;
  const inherited = parent && parent !== Function.prototype ? fieldRecords(parent) : [];
  const declared = Object.hasOwn(Class, own) ? (Class as Recorded)[own] : [];
  return [...inherited, ...declared];
}
