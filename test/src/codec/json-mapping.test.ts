import { expect, test } from "@jest/globals";
import { errorLike } from "../../support/error-like.js";
import { fromJsonValue, toJsonValue } from "../../../src/codec/json-mapping.js";
import { everything, sampleTypes } from "../../contracts/codec/samples.js";

const type = sampleTypes["sample.Everything"];
const read = (json: unknown) => fromJsonValue(type, json) as Record<string, unknown>;

test("a value is written by proto3's mapping", () => {
  expect(toJsonValue(type, everything())).toMatchObject({
    aDouble: -1.5e300,
    anInt32: -2_147_483_648,
    anInt64: "-9223372036854775808",
    aUint64: "18446744073709551615",
    aBool: true,
    someBytes: "AP+ACg==",
    color: "BLUE",
    colors: ["RED", "UNKNOWN", 5],
    large: ["0", "-1", "4294967296"],
    byNumber: { "0": "zero", "18446744073709551615": "most" },
    node: { label: "outer", next: { label: "inner" } },
  });
  const special = { aDouble: Number.NaN, aFloat: -Infinity };
  expect(toJsonValue(type, special)).toEqual({ aDouble: "NaN", aFloat: "-Infinity" });
  expect(toJsonValue(type, { aFloat: 0.1 })).toEqual({ aFloat: Math.fround(0.1) });
});

test("null, undefined and what is not declared are left out", () => {
  expect(toJsonValue(type, { aString: null, aBool: undefined, other: 1 })).toEqual({});
  expect(toJsonValue(type, undefined)).toEqual({});
});

test("names in both spellings, numbers in all spellings, null for the default", () => {
  expect(read({ a_string: "x", an_int32: "5", a_double: "1e3" })).toMatchObject({
    aString: "x",
    anInt32: 5,
    aDouble: 1000,
  });
  expect(read({ anInt64: 5, aUint64: "6", aSint64: "1e3", anInt32: 1.0 })).toMatchObject({
    anInt64: 5n,
    aUint64: 6n,
    aSint64: 1000n,
    anInt32: 1,
  });
  expect(read({ color: 1, colors: [7, "RED", 99] })).toMatchObject({
    color: "RED",
    colors: ["BLUE", "RED", 99],
  });
  expect(read({ aString: null, names: null, byName: null, node: null })).toEqual(read({}));
  expect(read({ aDouble: "-Infinity" })["aDouble"]).toBe(-Infinity);
});

test.each(["_-8", "_-8=", "/+8", "/+8="])("bytes are read from %s, a Uint8Array", (someBytes) => {
  expect(read({ someBytes })["someBytes"]).toStrictEqual(Uint8Array.of(255, 239));
});

test("keys of maps are read in their one spelling", () => {
  expect(read({ byNumber: { "007": "x" } })["byNumber"]).toEqual({ "7": "x" });
});

test.each([
  [{ anInt32: "x" }, "Everything.anInt32: expected a number"],
  [{ anInt32: 2.5 }, "Everything.anInt32: expected a whole number of 32 bits"],
  [{ aUint32: -1 }, "Everything.aUint32: expected a positive whole number of 32 bits"],
  [{ anInt64: 2 ** 60 }, "Everything.anInt64: expected a whole number; above 2^53"],
  [{ aUint64: "18446744073709551616" }, "Everything.aUint64: expected a positive whole number"],
  [{ aFloat: 1e39 }, "Everything.aFloat: expected a number that fits in 32 bits"],
  [{ aDouble: "" }, "Everything.aDouble: expected a number"],
  [{ someBytes: "a" }, "Everything.someBytes: expected base64 text"],
  [{ someBytes: "%%" }, "Everything.someBytes: expected base64 text"],
  [{ aString: "\uD800" }, "Everything.aString: expected a string without lone surrogates"],
  [{ color: "MAUVE" }, "Everything.color: expected a value of sample.Color"],
  [{ color: "toString" }, "Everything.color: expected a value of sample.Color"],
  [{ names: {} }, "Everything.names: expected an array"],
  [{ nodes: [{}, { next: 1 }] }, "Everything.nodes[1].next: expected an object"],
  [{ byTruth: { yes: 1 } }, 'Everything.byTruth["yes"]: expected the key true or false'],
  [{ byNumber: { "-1": "" } }, 'Everything.byNumber["-1"]: expected a positive whole number'],
  [[], "Everything: expected an object"],
  ["text", "Everything: expected an object"],
])("%j is refused: %s", (json, message) => {
  const refused = {
    code: 400,
    reason: "codec.malformed",
    message: expect.stringContaining(message),
  };
  expect(() => read(json)).toThrow(errorLike(refused));
});

test("a field that is called like a member of Object.prototype is not found there", () => {
  const odd = {
    name: "sample.Odd",
    fields: ["toString", "constructor", "__proto__"].map((name, index) => ({
      name,
      protoName: name,
      number: index + 1,
      rule: "optional" as const,
      type: { kind: "scalar", scalar: "string" } as const,
    })),
  };
  expect(toJsonValue(odd, {})).toEqual({});
  const json: unknown = JSON.parse('{"toString":"a","constructor":"b","__proto__":"c"}');
  const value = fromJsonValue(odd, json) as object;
  expect(JSON.stringify(value)).toBe(JSON.stringify(json));
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(JSON.stringify(toJsonValue(odd, value))).toBe(JSON.stringify(json));
});
