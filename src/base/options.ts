/** Thrown at the factory when an option makes no sense. The message names option, value and rule. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

const refuse = (option: string, value: unknown, rule: string): never => {
  throw new OptionError(`${option} must be ${rule}, got ${JSON.stringify(value) ?? String(value)}`);
};

/** A finite number above 0. */
export function requirePositive(option: string, value: number): number {
  return Number.isFinite(value) && value > 0 ? value : refuse(option, value, "a number above 0");
}

/** A whole number from `least` (0 unless told) up. */
export function requireWhole(option: string, value: number, least = 0): number {
  return Number.isSafeInteger(value) && value >= least
    ? value
    : refuse(option, value, `a whole number, ${least} or more`);
}

/** A text with at least one character. */
export function requireText(option: string, value: string): string {
  return typeof value === "string" && value.length > 0
    ? value
    : refuse(option, value, "a text that is not empty");
}

/** One of a few words. */
export function requireOneOf<T extends string>(option: string, value: T, words: readonly T[]): T {
  return words.includes(value) ? value : refuse(option, value, `one of ${words.join(", ")}`);
}
