import { deepStrictEqual, ok } from "node:assert/strict"; // Jest's own is led astray by a field called "constructor"
import { test } from "@jest/globals";
import fc from "fast-check";
import { messageTypes, valuesOf } from "../../../test/support/arbitrary-message.js";
import { BadRequest, toJsonValue, type MessageType } from "../../../src/spi.js";
import { ProtobufCodec } from "./protobuf-codec.js";

const codec = new ProtobufCodec();

function writeIn(type: MessageType, value: unknown): void {
  const writer = codec.writerFor("response", type)!;
  writer.write(value, Buffer.alloc(writer.room(value)), 0);
}

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
          outcome(() => writeIn(type, value)),
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
