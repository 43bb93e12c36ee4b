import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expect, test } from "@jest/globals";
import { errorLike } from "../../../test/support/error-like.js";
import {
  OptionError,
  type FieldKind,
  type MessageField,
  type MessageType,
} from "../../../src/spi.js";
import { parseProto } from "./parse-proto.js";
import { ProtobufCodec } from "./protobuf-codec.js";

const codec = new ProtobufCodec();
const proto = parseProto(`syntax = "proto3";
  message All {
    int32 number = 1;
    string text = 2;
    repeated int32 list = 3;
    repeated string texts = 4;
    All inner = 5;
    map<int64, All> by_number = 6;
    map<string, bytes> by_name = 7;
    bytes data = 8;
    bool truth = 9;
    int64 large = 10;
    oneof choice { string left = 11; All right = 12; }
    repeated All all = 13;
    optional string note = 14;
  }
  message Text { string text = 1; }
  message Pair { Text left = 1; repeated Text right = 2; }`);
const all = proto.message("All");
const text = proto.message("Text");
const zero = {
  number: 0,
  text: "",
  list: [],
  texts: [],
  byNumber: {},
  byName: {},
  data: new Uint8Array(0),
  truth: false,
  large: 0n,
  all: [],
};
const read = (bytes: readonly number[]) => codec.readBody(Uint8Array.from(bytes), "response", all);
const refused = errorLike({ code: 400, reason: "codec.malformed" });
const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

test.each<[string, readonly number[], object]>([
  ["numbers in more bytes than they need", [0x88, 0x00, 0x81, 0x80, 0x80, 0x00], { number: 1 }],
  ["negative numbers in ten bytes", [8, ...many(9, 0xff), 1], { number: -1 }],
  ["negative numbers in five bytes", [8, ...many(4, 0xff), 0x0f], { number: -1 }],
  ["the last of many", [8, 1, 8, 2, 18, 1, 65, 18, 0], { number: 2 }],
  ["lists in blocks and one by one", [26, 2, 1, 2, 24, 3, 26, 0, 26, 1, 4], { list: [1, 2, 3, 4] }],
  ["truth above 32 bits", [72, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], { truth: true }],
  [
    "messages in pieces",
    [42, 5, 8, 1, 26, 1, 7, 42, 3, 18, 1, 65, 42, 2, 24, 8],
    { inner: { ...zero, number: 1, text: "A", list: [7, 8] } },
  ],
  ["an entry without key and value", [50, 0], { byNumber: { 0: zero } }],
  ["an entry with its value first", [58, 4, 18, 0, 10, 0], { byName: { "": new Uint8Array(0) } }],
  ["the last member of a oneof", [90, 1, 65, 98, 0, 90, 1, 66], { left: "B" }],
  ["no piece from before another member", [98, 2, 8, 1, 90, 0, 98, 0], { right: zero }],
  [
    "unknown fields of every wire type",
    [0x78, 1, 0x79, ...many(8, 0), 0x7a, 1, 0, 0x7d, 0, 0, 0, 0],
    {},
  ],
  ["unknown groups", [0x7b, 8, 1, 0x0b, 0x0c, 0x7c, 8, 1], { number: 1 }],
  ["fields of another wire type, as if unknown", [10, 1, 65, 16, 5, 13, 0, 0, 0, 0], {}],
  [
    "U+FFFD and a byte order mark",
    [18, 6, 0xef, 0xbb, 0xbf, 0xef, 0xbf, 0xbd],
    { text: "\uFEFF\uFFFD" },
  ],
])("reads %s", (_, bytes, value) => {
  expect(read(bytes)).toEqual({ ...zero, ...value });
});

test.each<[string, readonly number[]]>([
  ["a tag cut short", [0x88]],
  ["no value", [8]],
  ["a number cut short", [8, 0x80]],
  ["a number of eleven bytes", [8, ...many(10, 0x80), 0]],
  ["a large number of eleven bytes", [80, ...many(10, 0x80), 0]],
  ["a truth of eleven bytes", [72, ...many(10, 0x80), 0]],
  ["a tag of six bytes", [...many(5, 0x88), 0]],
  ["a tag above 32 bits", [0x88, 0x80, 0x80, 0x80, 0x10, 0]],
  ["a length above 31 bits", [18, 0xff, 0xff, 0xff, 0xff, 0x08]],
  ["a text cut short", [18, 2, 65]],
  ["a list cut short", [26, 2, 1]],
  ["a number that leaves its list", [26, 1, 0x80, 1]],
  ["a field that leaves its message", [42, 2, 18, 1, 65]],
  ["an entry cut short", [50, 4, 8, 1, 18]],
  ["the field number 0", [0, 1]],
  ["the field number 0 in a group", [0x7b, 0, 1, 0x7c]],
  ["a group's end alone", [0x0c]],
  ["a group's end of another", [0x7b, 0x0c]],
  ["a group without end", [0x7b, 8, 1]],
  ["wire type 6", [14]],
  ["wire type 7", [15]],
  ["a lone continuation byte", [18, 1, 0x80]],
  ["half a character", [18, 2, 65, 0xc3]],
  ["a surrogate", [18, 3, 0xed, 0xa0, 0x80]],
  ["a long text that is not UTF-8", [18, 100, ...many(99, 65), 0xff]],
  ["a key that is not UTF-8", [58, 3, 10, 1, 0xff]],
])("refuses %s", (_, bytes) => {
  expect(() => read(bytes)).toThrow(refused);
});

test("100 messages inside a message are the most, both ways and in groups", () => {
  const nested = (levels: number): object => (levels === 0 ? {} : { inner: nested(levels - 1) });
  const unwritable = errorLike({ code: 400, reason: "codec.unwritable" });
  const bytes = Buffer.from(codec.write({}, "event", nested(100), all));
  let depth = 0;
  for (
    let at = codec.readBody(bytes, "event", all) as { inner?: typeof at };
    at.inner;
    at = at.inner
  )
    depth++;
  strictEqual(depth, 100);
  expect(() => codec.write({}, "event", nested(101), all)).toThrow(unwritable);
  const longer =
    bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  expect(() => read([42, ...longer, ...bytes])).toThrow(refused);
  expect(() => read([50, longer.length + bytes.length + 1, 18, ...longer, ...bytes])).toThrow(
    refused,
  );
  const groups = (levels: number) => [...many(levels, 0x7b), ...many(levels, 0x7c)];
  deepStrictEqual(read(groups(101)), zero);
  expect(() => read(groups(102))).toThrow(refused);
});

test("texts of every length and script come back", () => {
  const lengths = [...Array(45).keys(), 127, 128, 255, 256, 257, 8_191, 8_192, 8_193, 70_000];
  const ends = ["", "\u007f", "\u0080", "ÿ", "Ā", "\u07ff", "\u0800", "\uffff", "🧩", "\uFFFD"];
  const writer = codec.writerFor("request", text)!;
  for (const length of lengths)
    for (const end of ends)
      for (const value of [`${"a".repeat(length)}${end}`, `${end}${"é".repeat(length)}`]) {
        const utf8 = Buffer.from(value);
        const room = writer.room({ text: value });
        const buffer = Buffer.alloc(room + 6, 1);
        const stop = writer.write({ text: value }, buffer, 5);
        ok(stop <= room + 5 && buffer[room + 5] === 1);
        ok(buffer.subarray(stop - utf8.length, stop).equals(utf8));
        deepStrictEqual(codec.readerFor("request", text)!(buffer, 5, stop), { text: value });
      }
});

test("messages around long ones, then short ones, have the right lengths", () => {
  const pair = proto.message("Pair");
  for (const length of [1, 200, 20_000, 100, 3_000_000, 0, 130]) {
    const inner = { text: "x".repeat(length) };
    const value = { left: inner, right: [inner, { text: "" }, inner] };
    deepStrictEqual(codec.readBody(codec.write({}, "event", value, pair), "event", pair), value);
  }
});

test("a value of a class is made by its constructor, also when it comes in pieces", () => {
  class Inner {
    number = 7;
    note: string | undefined = "default";
  }
  const construct: MessageType = { ...all, construct: Inner };
  const outer: MessageType = {
    name: "Outer",
    fields: [{ ...all.fields[4]!, type: { kind: "message", type: construct } }],
  };
  const bytes = Uint8Array.of(42, 2, 24, 7, 42, 4, 24, 8, 8, 3);
  const { inner } = codec.readBody(bytes, "event", outer) as { inner: Inner };
  ok(inner instanceof Inner);
  expect(Object.fromEntries(Object.entries(inner))).toEqual({
    ...zero,
    number: 3,
    list: [7, 8],
    note: undefined,
  });
  ok("note" in inner);
});

test("a getter that encodes another message disturbs nobody", () => {
  const value = {
    get text(): string {
      codec.write({}, "event", { text: "other" }, text);
      return "mine";
    },
  };
  const bytes = codec.write({}, "event", value, text);
  deepStrictEqual(codec.readBody(bytes, "event", text), { text: "mine" });
});

test("fields may be called like members of Object.prototype, and be absent", () => {
  const string: FieldKind = { kind: "scalar", scalar: "string" };
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  const fields = names.map((name, index): MessageField => ({
    name,
    protoName: `field_${index}`,
    number: index + 1,
    rule: index % 2 === 0 ? "one" : "optional",
    type: string,
  }));
  const type: MessageType = { name: "Odd", fields };
  const value: unknown = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}');
  const bytes = codec.write({}, "event", value, type);
  const same = codec.readBody(bytes, "event", type) as object;
  deepStrictEqual(Object.entries(same), Object.entries(value as object));
  strictEqual(Object.getPrototypeOf(same), Object.prototype);
  strictEqual(codec.write({}, "event", {}, type).byteLength, 0);
});

test.each<[string, Partial<MessageField>]>([
  ["the name __proto__", { protoName: "__proto__" }],
  ["a name that is code", { protoName: "a=1;" }],
  ["the number 0", { number: 0 }],
  ["a number above 2^29", { number: 2 ** 29 }],
  ["a number twice", { number: 2 }],
  ["keys of floating point", { rule: "map", mapKey: "double" }],
  ["a list in a oneof", { rule: "repeated", oneof: "choice" }],
])("a type with %s is refused", (_, wrong) => {
  const type: FieldKind = { kind: "scalar", scalar: "string" };
  const field: MessageField = { name: "a", protoName: "a", number: 1, rule: "one", type };
  const other = { ...field, name: "b", protoName: "b", number: 2 };
  const message: MessageType = { name: "Wrong", fields: [{ ...field, ...wrong }, other] };
  expect(() => codec.writerFor("event", message)).toThrow(OptionError);
  expect(() => codec.readBody(new Uint8Array(0), "event", message)).toThrow(OptionError);
});

test("without a type there is no writer and no reader", () => {
  strictEqual(codec.writerFor("event"), undefined);
  strictEqual(codec.readerFor("event"), undefined);
});
