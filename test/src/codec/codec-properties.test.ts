import { deepStrictEqual } from "node:assert/strict"; // Jest's own is led astray by a field called "constructor"
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import protobuf from "protobufjs";
import { protoText, RpcError } from "../../../src/spi.js";
import { messageTypes, typesAndValues } from "../../support/arbitrary-message.js";
import { JsonCodec } from "../../../plugins/codec/json/json-codec.js";
import { ProtobufCodec } from "../../../plugins/codec/protobuf/protobuf-codec.js";
import { parseProto } from "../../../plugins/codec/protobuf/index.js";

const codec = new ProtobufCodec();
const json = new JsonCodec();
const runs = { numRuns: 200 };

test("whatever a type can hold comes back, from protobuf and from JSON alike", () => {
  fc.assert(
    fc.property(typesAndValues(), ({ type, values }) => {
      for (const value of values) {
        const viaProtobuf = codec.readBody(
          codec.write({}, "request", value, type),
          "request",
          type,
        );
        const viaJson = json.readBody(json.write({}, "request", value, type), "request", type);
        deepStrictEqual(viaProtobuf, value);
        deepStrictEqual(viaJson, value);
      }
    }),
    runs,
  );
});

test("any bytes are a value or malformed, nothing else", () => {
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
    fc.json().map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(messageTypes(2), bodies, (type, bytes) => {
      for (const read of [
        () => codec.readBody(bytes, "request", type),
        () => json.readBody(bytes, "request", type),
        () => json.readBody(bytes, "request"),
      ])
        try {
          read();
        } catch (error) {
          expect(error).toBeInstanceOf(RpcError);
          expect(error).toMatchObject({ code: 400, reason: "codec.malformed" });
        }
    }),
    runs,
  );
});

test("a message that is damaged somewhere is a value or malformed", () => {
  const damage = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(typesAndValues(), damage, ({ type, values }, [place, byte]) => {
      const bytes = Uint8Array.from(codec.write({}, "request", values[0], type));
      if (bytes.length > 0) bytes[place % bytes.length] = byte;
      try {
        const value = codec.readBody(bytes, "request", type);
        codec.write({}, "request", value, type); // what was read can be written
      } catch (error) {
        expect(error).toMatchObject({ code: 400, reason: "codec.malformed" });
      }
    }),
    runs,
  );
});

test("what is decoded is what protobufjs itself makes of the bytes", () => {
  const options = { longs: String, enums: String, bytes: String, json: true } as const;
  fc.assert(
    fc.property(typesAndValues(), ({ type, values }) => {
      const { root } = protobuf.parse(protoText({ messages: [type] }), { keepCase: true });
      const reflected = root.lookupType(`.${type.name}`);
      for (const value of values) {
        const bytes = codec.write({}, "request", value, type);
        // Through JSON, which both know: the reflection's own reading of the same bytes.
        const object = reflected.toObject(reflected.decode(bytes), options);
        const theirs = Buffer.from(
          JSON.stringify(object, (_, of: unknown) => (Object.is(of, -0) ? "-0" : of)),
        );
        const ours = codec.readBody(bytes, "request", type);
        deepStrictEqual(json.readBody(theirs, "request", type), ours);
        expect(reflected.verify(reflected.decode(bytes))).toBeNull();
      }
    }),
    runs,
  );
});

test("a printed .proto, read again, writes the same bytes and prints the same text", () => {
  fc.assert(
    fc.property(typesAndValues(), ({ type, values }) => {
      const text = protoText({ messages: [type] });
      const again = parseProto(text).message(`.${type.name}`);
      expect(protoText({ messages: [again] })).toBe(text);
      for (const value of values)
        expect(codec.write({}, "request", value, again)).toEqual(
          codec.write({}, "request", value, type),
        );
    }),
    runs,
  );
});
