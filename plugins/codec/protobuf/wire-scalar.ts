import type { EnumType, ScalarKind } from "../../../src/spi.js";

/** The value does not fit. Who and where is found out afterwards, off the fast path. */
export class Unfit extends Error {
  override readonly name = "Unfit";
}

/** Turns a value in code into what protobufjs writes, or back. */
export type Convert = (value: unknown) => unknown;

/** Halves of a 64-bit integer, as protobufjs takes and gives them. */
interface Halves {
  readonly low: number;
  readonly high: number;
}

const unfit = (): never => {
  throw new Unfit();
};
const largestFloat = 3.4028234663852886e38; // IEEE 754 binary32
const wholeText = /^-?\d{1,20}$/;
const numberText = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const specialText = /^(NaN|-?Infinity)$/;
const isText = (value: unknown): value is string => typeof value === "string";

function halves(value: unknown, signed: boolean): Halves {
  let number = value;
  if (isText(number) && wholeText.test(number)) number = BigInt(number);
  else if (isText(number) && numberText.test(number)) number = Number(number);
  if (typeof number === "number" && Number.isSafeInteger(number)) number = BigInt(number);
  if (typeof number !== "bigint") return unfit();
  if ((signed ? BigInt.asIntN(64, number) : BigInt.asUintN(64, number)) !== number) return unfit();
  return { low: Number(BigInt.asIntN(32, number)), high: Number(BigInt.asIntN(32, number >> 32n)) };
}

function whole({ low, high }: Halves, signed: boolean): bigint {
  if (high === 0) return BigInt(low >>> 0); // most numbers are small: one bigint, not four
  return (BigInt(signed ? high : high >>> 0) << 32n) | BigInt(low >>> 0);
}

function small(value: unknown, signed: boolean): number {
  const number = isText(value) && numberText.test(value) ? Number(value) : value;
  if (typeof number !== "number") return unfit();
  return (signed ? number | 0 : number >>> 0) === number ? number + 0 : unfit();
}

function double(value: unknown): number {
  if (typeof value === "number") return value;
  return isText(value) && (numberText.test(value) || specialText.test(value))
    ? Number(value)
    : unfit();
}

function float(value: unknown): number {
  const number = double(value);
  return Number.isFinite(number) && Math.abs(number) > largestFloat ? unfit() : number;
}

function text(value: unknown): string {
  // `isWellFormed` is in every Node 20, and not yet in TypeScript's ES2023 library.
  const whole = isText(value) && (value as unknown as { isWellFormed(): boolean }).isWellFormed();
  return whole ? value : unfit();
}

const signedKinds: ReadonlySet<ScalarKind> = new Set([
  ...(["int32", "sint32", "sfixed32", "int64", "sint64", "sfixed64"] as const),
]);
const isLarge = (kind: ScalarKind): boolean => kind.endsWith("64");

/** Code to wire. The converter throws {@link Unfit}. */
export function scalarToWire(kind: ScalarKind): Convert {
  const signed = signedKinds.has(kind);
  if (kind === "string") return text;
  if (kind === "bool") return (value) => (typeof value === "boolean" ? value : unfit());
  if (kind === "bytes") return (value) => (value instanceof Uint8Array ? value : unfit());
  if (kind === "double") return double;
  if (kind === "float") return float;
  return isLarge(kind) ? (value) => halves(value, signed) : (value) => small(value, signed);
}

/** Wire to code. Bytes are copied: the wire's belong to the caller. */
export function scalarFromWire(kind: ScalarKind): Convert {
  const signed = signedKinds.has(kind);
  if (isLarge(kind)) return (value) => whole(value as Halves, signed);
  if (kind === "bytes") return (value) => new Uint8Array(value as Uint8Array);
  return (value) => value;
}

/** Code to wire for enums: a name or a number to the number. */
export function enumToWire({ values }: EnumType): Convert {
  return (value) => {
    if (isText(value)) return Object.hasOwn(values, value) ? values[value] : unfit();
    return typeof value === "number" ? small(value, true) : unfit();
  };
}

/** Wire to code for enums: the number's first name, or the number itself. */
export function enumFromWire({ values }: EnumType): Convert {
  const names = new Map<unknown, string>();
  for (const [name, number] of Object.entries(values))
    if (!names.has(number)) names.set(number, name);
  return (value) => names.get(value) ?? value;
}
