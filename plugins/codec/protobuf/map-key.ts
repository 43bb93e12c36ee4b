import type { ScalarKind } from "../../../src/spi.js";
import { setProperty } from "./own-property.js";
import { fitInt32, fitInt64, fitUint32, fitUint64 } from "./fit-number.js";
import { unfit } from "./unfit.js";

/** The value of a map's key, which in code is text. @throws Unfit. */
export type FitKey = (key: string) => string | number | bigint | boolean;

function fitBool(key: string): boolean {
  if (key !== "true" && key !== "false") unfit();
  return key === "true";
}

const numeric: Partial<Record<ScalarKind, (value: unknown) => number | bigint>> = {
  int32: fitInt32,
  sint32: fitInt32,
  sfixed32: fitInt32,
  uint32: fitUint32,
  fixed32: fitUint32,
  int64: fitInt64,
  sint64: fitInt64,
  sfixed64: fitInt64,
  uint64: fitUint64,
  fixed64: fitUint64,
};

/** How the keys of one kind are written. */
export function fitKey(kind: ScalarKind): FitKey {
  if (kind === "bool") return fitBool;
  const fit = numeric[kind];
  if (!fit) return (key) => key; // checked where it is written
  return (key) => {
    const number = Number(key);
    if (Number.isSafeInteger(number) && String(number) === key) return fit(number);
    return /^-?\d{1,20}$/.test(key) ? fit(key) : unfit();
  };
}

/** Keys that may have more than one spelling. */
export const isNumeric = (kind: ScalarKind): boolean => kind in numeric;

/**
 * The map itself when every key has its one spelling, else a copy in which it has: `007` is `7`, and
 * may overwrite it. @throws Unfit for what is no map, and for what is no key.
 */
export function uniqueKeys(map: unknown, fit: FitKey): Readonly<Record<string, unknown>> {
  if (typeof map !== "object" || map === null || Array.isArray(map)) return unfit();
  const source = map as Readonly<Record<string, unknown>>;
  const entries = Object.keys(source).map((key) => [key, String(fit(key))] as const);
  if (entries.every(([key, unique]) => key === unique)) return source;
  const copy: Record<string, unknown> = {};
  for (const [key, unique] of entries) setProperty(copy, unique, source[key]);
  return copy;
}
