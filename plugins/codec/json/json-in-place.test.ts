import { deepStrictEqual, ok } from "node:assert/strict"; // Jest's own is led astray by a field called "constructor"
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { typesAndValues } from "../../../test/support/arbitrary-message.js";
import { errorLike } from "../../../test/support/error-like.js";
import type { MessageKind, MessageType } from "../../../src/spi.js";
import { JsonCodec } from "./json-codec.js";

const codec = new JsonCodec();
const kinds: readonly MessageKind[] = ["request", "response", "event"];
const runs = { numRuns: 200 };

/** The value's bytes, written into the middle of a buffer and read from there. */
function throughBuffer(kind: MessageKind, value: unknown, type?: MessageType) {
  const writer = codec.writerFor(kind, type);
  const room = writer.room(value);
  const buffer = Buffer.alloc(room + 20, 0xee);
  const end = writer.write(value, buffer, 7);
  ok(end <= room + 7);
  ok(buffer.subarray(room + 7).every((byte) => byte === 0xee));
  return { bytes: buffer.subarray(7, end), read: codec.readerFor(kind, type)(buffer, 7, end) };
}

test("in place are the bytes of write, and the values of readBody", () => {
  const words = fc.string({ unit: "binary", maxLength: 400 });
  const values = fc.oneof(fc.jsonValue(), words, fc.dictionary(words, fc.jsonValue()));
  const plain = values.filter((value) => !JSON.stringify(value).includes("__proto__"));
  fc.assert(
    fc.property(fc.constantFrom(...kinds), plain, (kind, value) => {
      const { bytes, read } = throughBuffer(kind, value);
      deepStrictEqual(bytes, Buffer.from(codec.write({}, kind, value)));
      deepStrictEqual(read, codec.readBody(bytes, kind));
    }),
    runs,
  );
});

test("in place are the messages of a type", () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), typesAndValues(), (kind, { type, values }) => {
      for (const value of values) {
        const { bytes, read } = throughBuffer(kind, value, type);
        deepStrictEqual(bytes, Buffer.from(codec.write({}, kind, value, type)));
        deepStrictEqual(read, value);
      }
    }),
    runs,
  );
});

test("long texts, ASCII or not, fit their room", () => {
  for (const letter of ["a", "é", "語", "🧩", '"', "\u0000", "\ud800"])
    for (const length of [80, 85, 86, 253, 254, 255, 70_000]) {
      const value = { text: letter.repeat(length) };
      deepStrictEqual(throughBuffer("event", value).read, value);
    }
});

test("no value and no bytes are what they are elsewhere", () => {
  expect(String(throughBuffer("request", undefined).bytes)).toBe("{}\n");
  expect(String(throughBuffer("response", undefined).bytes)).toBe("null\n");
  expect(codec.readerFor("request")(Buffer.from("[]"), 1, 1)).toEqual({});
  const malformed = errorLike({ code: 400, reason: "codec.malformed" });
  expect(() => codec.readerFor("event")(Buffer.from("[]"), 1, 1)).toThrow(malformed);
  expect(() => codec.readerFor("event")(Buffer.from("[1,2]"), 0, 4)).toThrow(malformed);
  expect(() => codec.readerFor("event")(Buffer.from([34, 0xc3, 34]), 0, 3)).toThrow(malformed);
  // The bytes around are nobody's business.
  expect(codec.readerFor("event")(Buffer.from([0xff, 34, 65, 34, 0xff]), 1, 4)).toBe("A");
});

test("what cannot be written has no room", () => {
  const unwritable = errorLike({ code: 400, reason: "codec.unwritable" });
  const writer = codec.writerFor("event");
  expect(() => writer.room(new Map())).toThrow(unwritable);
  expect(() => writer.write(new Map(), Buffer.alloc(10), 0)).toThrow(unwritable);
});

test("a writer writes the value that it is given, whatever it was asked about before", () => {
  const writer = codec.writerFor("event");
  const buffer = Buffer.alloc(100);
  const value = { n: 1 };
  writer.room(value);
  expect(buffer.toString("utf8", 0, writer.write([2], buffer, 0))).toBe("[2]\n");
  writer.room(value);
  writer.write(value, buffer, 0);
  value.n = 3;
  expect(buffer.toString("utf8", 0, writer.write(value, buffer, 0))).toBe('{"n":3}\n');
});
