import { deepStrictEqual, ok } from "node:assert/strict"; // Jest's own is led astray by a field called "constructor"
import { test } from "@jest/globals";
import fc from "fast-check";
import { messageTypes, typesAndValues, valuesOf } from "../../../test/support/arbitrary-message.js";
import {
  BadRequest,
  toJsonValue,
  type FieldKind,
  type MessageField,
  type MessageType,
} from "../../../src/spi.js";
import { ProtobufCodec } from "./protobuf-codec.js";

const codec = new ProtobufCodec();

function written(type: MessageType, value: unknown): Buffer {
  const writer = codec.writerFor("response", type)!;
  const buffer = Buffer.alloc(writer.room(value));
  return buffer.subarray(0, writer.write(value, buffer, 0));
}

type Values = Readonly<Record<string, unknown>>;

/** Other ways to say the same, as the codec takes them. */
function respelled(kind: FieldKind, value: unknown): unknown {
  if (kind.kind === "enum") return kind.enum.values[value as string] ?? value;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "bigint")
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (kind.kind !== "message") return value;
  const of = value as Values;
  return Object.fromEntries(
    kind.type.fields.map((field) => {
      const there = Object.hasOwn(of, field.name) && of[field.name] !== undefined;
      return [field.name, there ? respelledField(field, of[field.name]) : null];
    }),
  );
}

function respelledField({ rule, type, mapKey }: MessageField, value: unknown): unknown {
  if (rule === "repeated") return (value as unknown[]).map((item) => respelled(type, item));
  if (rule !== "map") return respelled(type, value);
  const numeric = mapKey !== "string" && mapKey !== "bool";
  return Object.fromEntries(
    Object.entries(value as object).map(([key, of]) => [
      numeric && key.length < 15 ? key.replace(/\d/, "0$&") : key,
      respelled(type, of),
    ]),
  );
}

test("numbers as text, enums by number and keys with zeros in front are the same values", () => {
  fc.assert(
    fc.property(typesAndValues(), ({ type, values }) => {
      for (const value of values) {
        const bytes = written(type, respelled({ kind: "message", type }, value));
        deepStrictEqual(codec.readBody(bytes, "request", type), value);
      }
    }),
    { numRuns: 300 },
  );
});

test("what is refused, and in what words, is what the JSON mapping refuses", () => {
  const texts = fc.constantFrom(
    "\ud800",
    `${"a".repeat(30)}\udc00`,
    "\udfff".repeat(300),
    "1",
    "NaN",
  );
  const junk = fc.oneof(fc.anything({ withBigInt: true, withTypedArray: true }), texts);
  const bad = (type: MessageType) =>
    fc.tuple(valuesOf(type), fc.nat(), junk).map(([value, place, of]) => {
      const name = type.fields[place % Math.max(1, type.fields.length)]?.name ?? "x";
      return Object.defineProperty({ ...value }, name, { value: of, enumerable: true });
    });
  const outcome = (work: () => unknown): unknown => {
    try {
      work();
      return "fine";
    } catch (error) {
      ok(error instanceof BadRequest, String(error));
      return [error.reason, error.message];
    }
  };
  fc.assert(
    fc.property(
      messageTypes(1).chain((type) => fc.tuple(fc.constant(type), bad(type))),
      ([type, value]) => {
        const theirs = outcome(() => toJsonValue(type, value));
        deepStrictEqual(
          outcome(() => written(type, value)),
          theirs,
        );
        deepStrictEqual(
          outcome(() => codec.write({}, "request", value, type)),
          theirs,
        );
      },
    ),
    { numRuns: 1_000 },
  );
});
