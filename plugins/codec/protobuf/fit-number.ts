import { unfit } from "./unfit.js";

const largestFloat = 3.4028234663852886e38; // IEEE 754 binary32
const wholeText = /^-?\d{1,20}$/;
const numberText = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const specialText = /^(NaN|-?Infinity)$/;

// Numbers come as numbers or as decimal text. All of these throw Unfit for what does not fit.

/** The signed number of 32 bits that `value` is. */
export function fitInt32(value: unknown): number {
  const number = typeof value === "string" && numberText.test(value) ? Number(value) : value;
  return typeof number === "number" && (number | 0) === number ? number | 0 : unfit();
}

/** The unsigned number of 32 bits that `value` is. */
export function fitUint32(value: unknown): number {
  const number = typeof value === "string" && numberText.test(value) ? Number(value) : value;
  return typeof number === "number" && number >>> 0 === number ? number >>> 0 : unfit();
}

function fitWhole(value: unknown, least: bigint, most: bigint): number | bigint {
  let number = value;
  if (typeof number === "string" && wholeText.test(number)) number = BigInt(number);
  else if (typeof number === "string" && numberText.test(number)) number = Number(number);
  if (typeof number === "number") {
    const fits = Number.isSafeInteger(number) && (number >= 0 || least < 0n);
    return fits ? number : unfit();
  }
  if (typeof number !== "bigint") return unfit();
  return number >= least && number <= most ? number : unfit();
}

/** The signed number of 64 bits that `value` is: a safe integer or a bigint. */
export const fitInt64 = (value: unknown): number | bigint =>
  fitWhole(value, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);

/** The unsigned number of 64 bits that `value` is: a safe integer or a bigint. */
export const fitUint64 = (value: unknown): number | bigint =>
  fitWhole(value, 0n, 0xffff_ffff_ffff_ffffn);

/** The number that `value` is, `NaN` and the infinities among them. */
export function fitDouble(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && (numberText.test(value) || specialText.test(value))
    ? Number(value)
    : unfit();
}

/** The same within the range of 32 bits. */
export function fitFloat(value: unknown): number {
  const number = fitDouble(value);
  return Number.isFinite(number) && Math.abs(number) > largestFloat ? unfit() : number;
}
