import type { EnumType } from "../../../src/spi.js";
import { fitInt32 } from "./fit-number.js";
import { unfit } from "./unfit.js";

/** Both ways of one enum. */
export interface EnumCode {
  /** The number of a name, or a number itself. @throws Unfit for unknown names. */
  readonly numberOf: (value: unknown) => number;
  /** The number's first name, or the number itself. */
  readonly nameOf: (number: number) => string | number;
}

/** Makes the tables of an enum. */
export function enumCode({ values }: EnumType): EnumCode {
  const numbers = new Map(Object.entries(values).map(([name, number]) => [name, number | 0]));
  const names = new Map<number, string>();
  for (const [name, number] of numbers) if (!names.has(number)) names.set(number, name);
  return {
    numberOf(value) {
      if (typeof value === "string") return numbers.get(value) ?? unfit();
      return typeof value === "number" ? fitInt32(value) : unfit();
    },
    nameOf: (number) => names.get(number) ?? number,
  };
}
