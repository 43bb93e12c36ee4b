import type { ScalarKind } from "../../../src/spi.js";
import { scalarFromWire, scalarToWire, Unfit } from "./wire-scalar.js";

/** Turns a map's key from its spelling in code to protobufjs's, or back. */
export type ConvertKey = (key: string) => string;

/** Code to wire: numbers in their one decimal spelling. The converter throws {@link Unfit}. */
export function keyToWire(kind: ScalarKind): ConvertKey {
  const check = scalarToWire(kind);
  return (key) => {
    if (kind === "bool" ? key !== "true" && key !== "false" : false) throw new Unfit();
    if (kind === "bool") return key;
    if (kind === "string") return check(key) as string;
    if (!/^-?\d{1,20}$/.test(key)) throw new Unfit();
    check(key);
    return String(BigInt(key));
  };
}

/** Wire to code. protobufjs keys 64-bit maps by the number's eight bytes, one character each. */
export function keyFromWire(kind: ScalarKind): ConvertKey {
  if (!kind.endsWith("64")) return (key) => key;
  const toBigint = scalarFromWire(kind);
  return (key) => {
    const half = (start: number): number => {
      let bits = 0;
      for (let index = 3; index >= 0; index--) bits = (bits << 8) | key.charCodeAt(start + index);
      return bits;
    };
    return String(toBigint({ low: half(0), high: half(4) }));
  };
}
