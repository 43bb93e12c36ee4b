import { expect, test } from "@jest/globals";
import { errorLike } from "../../../test/support/error-like.js";
import { codecContract } from "../../../test/contracts/codec-contract.js";
import { codecHarness } from "../../../test/support/codec-harness.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { jsonCodec } from "./index.js";
import { JsonCodec } from "./json-codec.js";

const supports = { messages: true, schemaless: true, envelope: false };
describeContract(codecContract(supports), codecHarness(jsonCodec(), supports));

const codec = new JsonCodec();
const written = (value: unknown, kind: "request" | "response" = "request") =>
  Buffer.from(codec.write({}, kind, value)).toString();
const read = (text: string) => codec.readBody(Buffer.from(text), "request");

test("a body is JSON and a newline", () => {
  expect(written({ a: 1 })).toBe('{"a":1}\n');
  expect(written(undefined)).toBe("{}\n");
  expect(written(undefined, "response")).toBe("null\n");
});

test("what JSON has no word for is written by a rule", () => {
  const value = {
    bytes: Uint8Array.of(1, 2),
    buffer: Buffer.from("hi"),
    large: [2n ** 64n],
    date: new Date(0),
    own: { toJSON: () => ({ n: 1n }) },
  };
  expect(written(value)).toBe(
    '{"bytes":"AQI=","buffer":"aGk=","large":["18446744073709551616"],' +
      '"date":"1970-01-01T00:00:00.000Z","own":{"n":"1"}}\n',
  );
  expect(written(5n)).toBe('"5"\n');
});

test("what JSON would lose in silence is refused", () => {
  const refused = errorLike({ code: 400, reason: "codec.unwritable" });
  for (const value of [new Map([["a", 1]]), { a: [new Set([1])] }, () => 1, Symbol("s")])
    expect(() => written(value)).toThrow(refused);
});

test("members that would reach a prototype are refused, however they are spelled", () => {
  const refused = errorLike({ code: 400, reason: "codec.malformed" });
  for (const text of ['{"__proto__":{}}', '[{"a":{"__pr\\u006fto__":1}}]'])
    expect(() => read(text)).toThrow(refused);
  expect(read('{"a":"__proto__"}')).toEqual({ a: "__proto__" });
});

test("text that is not UTF-8 is refused, the replacement character itself is not", () => {
  expect(read('"\uFFFD"')).toBe("\uFFFD");
  expect(() => codec.readBody(Buffer.from([0x22, 0xc3, 0x28, 0x22]), "request")).toThrow(
    "not UTF-8",
  );
});

test("nesting ends at 1,000 levels, both ways", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  expect(written(read(nested(1_000)))).toBe(`${nested(1_000)}\n`);
  expect(() => read(nested(1_001))).toThrow("deeper than 1000 levels");
  expect(() => written(JSON.parse(nested(100_000)))).toThrow("deeper than 1000 levels");
});

test("an empty response is no value", () => {
  expect(() => codec.readBody(new Uint8Array(0), "response")).toThrow("no body");
});
