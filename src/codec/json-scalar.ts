import type { EnumType, ScalarKind } from "./message-type.js";
import { Mismatch } from "./mismatch.js";

const specialNumbers: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];
const numberText = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const wholeText = /^-?\d{1,20}$/;
const base64Text = /^[A-Za-z0-9+/_-]*={0,2}$/;
const largestFloat = 3.4028234663852886e38; // IEEE 754 binary32

const fail = (expected: string): never => {
  throw new Mismatch(`expected ${expected}`);
};

function float(value: unknown, single: boolean): number {
  let number = value;
  if (typeof value === "string" && (specialNumbers.includes(value) || numberText.test(value)))
    number = Number(value);
  if (typeof number !== "number") return fail("a number");
  if (!single) return number;
  if (Number.isFinite(number) && Math.abs(number) > largestFloat)
    return fail("a number that fits in 32 bits");
  return Math.fround(number);
}

function small(value: unknown, signed: boolean): number {
  const number = typeof value === "string" && numberText.test(value) ? Number(value) : value;
  if (typeof number !== "number") return fail("a number");
  const fits = signed ? (number | 0) === number : number >>> 0 === number;
  // Adding 0 turns -0, which these kinds do not know, into 0.
  return fits ? number + 0 : fail(`a ${signed ? "" : "positive "}whole number of 32 bits`);
}

function large(value: unknown, signed: boolean): bigint {
  let number: unknown = value;
  if (typeof number === "string" && wholeText.test(number)) number = BigInt(number);
  else if (typeof number === "string" && numberText.test(number)) number = Number(number);
  if (typeof number === "number" && Number.isSafeInteger(number)) number = BigInt(number);
  if (typeof number === "number") return fail("a whole number; above 2^53 a bigint or a string");
  if (typeof number !== "bigint") return fail("a number");
  const fits = (signed ? BigInt.asIntN(64, number) : BigInt.asUintN(64, number)) === number;
  return fits ? number : fail(`a ${signed ? "" : "positive "}whole number of 64 bits`);
}

function bytes(value: unknown): Uint8Array {
  if (typeof value !== "string" || !base64Text.test(value)) return fail("base64 text");
  if (value.replace(/=+$/, "").length % 4 === 1) return fail("base64 text");
  return new Uint8Array(Buffer.from(value, "base64")); // reads both alphabets
}

/** A string without half characters, which UTF-8 cannot carry. */
function text(value: unknown): string {
  if (typeof value !== "string") return fail("a string");
  // In every Node 20; TypeScript's ES2023 library does not know it yet.
  const whole = (value as unknown as { isWellFormed(): boolean }).isWellFormed();
  return whole ? value : fail("a string without lone surrogates");
}

/** The value in code of a scalar: numbers also as text, 64 bits as bigint. @throws Mismatch. */
function numeric(kind: ScalarKind, value: unknown): number | bigint {
  switch (kind) {
    case "double":
    case "float":
      return float(value, kind === "float");
    case "uint32":
    case "fixed32":
      return small(value, false);
    case "uint64":
    case "fixed64":
      return large(value, false);
    case "int64":
    case "sint64":
    case "sfixed64":
      return large(value, true);
    default:
      return small(value, true);
  }
}

/** JSON of a scalar by proto3's rules. @throws Mismatch. */
export function scalarToJson(kind: ScalarKind, value: unknown): unknown {
  if (kind === "string") return text(value);
  if (kind === "bool") return typeof value === "boolean" ? value : fail("a boolean");
  if (kind === "bytes") {
    if (!(value instanceof Uint8Array)) return fail("a Uint8Array");
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  }
  const number = numeric(kind, value);
  // JSON's own numbers have no NaN, no infinities, and lose the sign of -0 when printed.
  const asText = typeof number === "bigint" || !Number.isFinite(number) || Object.is(number, -0);
  return asText ? (Object.is(number, -0) ? "-0" : String(number)) : number;
}

/** A scalar from its JSON. @throws Mismatch. */
export function scalarFromJson(kind: ScalarKind, json: unknown): unknown {
  if (kind === "string") return text(json);
  if (kind === "bool") return typeof json === "boolean" ? json : fail("a boolean");
  return kind === "bytes" ? bytes(json) : numeric(kind, json);
}

/** A map's key in its one spelling: `007` is `7`. @throws Mismatch. */
export function mapKey(kind: ScalarKind, key: string): string {
  if (kind === "string") return text(key);
  if (kind === "bool")
    return key === "true" || key === "false" ? key : fail("the key true or false");
  return wholeText.test(key) ? String(numeric(kind, key)) : fail("a whole number as key");
}

/** The value's name, or its number when the enum does not know it. @throws Mismatch. */
export function enumValue(type: EnumType, value: unknown): string | number {
  if (typeof value === "string" && Object.hasOwn(type.values, value)) return value;
  if (typeof value !== "number") return fail(`a value of ${type.name}`);
  const number = small(value, true);
  return Object.keys(type.values).find((name) => type.values[name] === number) ?? number;
}

/** The zero value of a scalar. */
export function zeroScalar(kind: ScalarKind): unknown {
  if (kind === "string") return "";
  if (kind === "bool") return false;
  return kind === "bytes" ? new Uint8Array(0) : numeric(kind, 0);
}
