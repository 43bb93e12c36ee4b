import { deepStrictEqual, ok, strictEqual } from "node:assert/strict"; // Jest's own is led astray by a field called "constructor"
import { test } from "@jest/globals";
import fc from "fast-check";
import protobuf from "protobufjs";
import { messageTypes, typesAndValues } from "../../../test/support/arbitrary-message.js";
import {
  BadRequest,
  protoText,
  type FieldKind,
  type MessageField,
  type MessageType,
} from "../../../src/spi.js";
import { ProtobufCodec } from "./protobuf-codec.js";

// Compares with protobufjs, which reads the same types from their .proto.

const codec = new ProtobufCodec();
const runs = { numRuns: 300 };

type Convert = (kind: FieldKind, value: never) => unknown;
type Values = Readonly<Record<string, unknown>>;

/** To protobufjs an absent key of 64 bits is another one than zero: not to be compared. */
class Quirk extends Error {}

const isLarge = (kind: FieldKind): boolean => kind.kind === "scalar" && kind.scalar.endsWith("64");
const entries = (map: object): [string, never][] => Object.entries(map) as [string, never][];

/** Each value of a field, converted: `key` is for maps. */
function mapField(
  { rule, type }: MessageField,
  value: unknown,
  convert: Convert,
  key: (key: string) => string = (same) => same,
): unknown {
  if (rule === "repeated") return (value as never[]).map((item) => convert(type, item));
  if (rule !== "map") return convert(type, value as never);
  const pairs = entries(value as object).map(([name, of]) => [key(name), convert(type, of)]);
  const map = Object.fromEntries(pairs) as object;
  if (Object.keys(map).length < pairs.length) throw new Quirk();
  return map;
}

const toReflected: Convert = (kind, value: unknown) => {
  if (kind.kind === "enum") return kind.enum.values[value as string] ?? value;
  if (isLarge(kind)) {
    const number = value as bigint;
    return {
      low: Number(BigInt.asIntN(32, number)),
      high: Number(BigInt.asIntN(32, number >> 32n)),
    };
  }
  if (kind.kind === "scalar") return value;
  return Object.fromEntries(
    kind.type.fields.flatMap((field) => {
      const of = Object.hasOwn(value as object, field.name)
        ? (value as Values)[field.name]
        : undefined;
      return of === undefined ? [] : [[field.protoName, mapField(field, of, toReflected)]];
    }),
  );
};

const bigintOf = (kind: FieldKind, { low, high }: { low: number; high: number }): bigint => {
  const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
  const signed = kind.kind === "scalar" && !["uint64", "fixed64"].includes(kind.scalar);
  return signed ? BigInt.asIntN(64, bits) : BigInt.asUintN(64, bits);
};

/** protobufjs keys 64-bit maps by the number's eight bytes, one character each. */
const keyOf =
  ({ mapKey }: MessageField) =>
  (key: string): string => {
    const kind = { kind: "scalar", scalar: mapKey! } as const;
    if (!isLarge(kind) || key.length !== 8) return key;
    const bytes = Buffer.from(key, "latin1");
    return String(bigintOf(kind, { low: bytes.readInt32LE(0), high: bytes.readInt32LE(4) }));
  };

function zeroOf({ type, rule, oneof }: MessageField): unknown {
  if (rule === "repeated") return [];
  if (rule === "map") return {};
  if (rule === "optional" || oneof !== undefined || type.kind === "message") return undefined;
  if (type.kind === "enum") return fromReflected(type, 0 as never);
  if (type.scalar === "string") return "";
  if (type.scalar === "bool") return false;
  if (type.scalar === "bytes") return new Uint8Array(0);
  return isLarge(type) ? 0n : 0;
}

const fromReflected: Convert = (kind, value: unknown) => {
  if (kind.kind === "enum")
    return entries(kind.enum.values).find(([, number]) => number === value)?.[0] ?? value;
  if (isLarge(kind))
    return value === 0 ? 0n : bigintOf(kind, value as { low: number; high: number });
  if (kind.kind === "scalar")
    return kind.scalar === "bytes" ? new Uint8Array(value as Uint8Array) : value;
  const message = value as Values;
  return Object.fromEntries(
    kind.type.fields.flatMap((field) => {
      const of = Object.hasOwn(message, field.protoName)
        ? mapField(field, message[field.protoName], fromReflected, keyOf(field))
        : zeroOf(field);
      return of === undefined ? [] : [[field.name, of]];
    }),
  );
};

/** Writes and reads through protobufjs; undefined is what it refuses. */
function oracleOf(type: MessageType) {
  const { root } = protobuf.parse(protoText({ messages: [type] }), { keepCase: true });
  const reflected = root.lookupType(`.${type.name}`);
  const kind = { kind: "message", type } as const;
  return {
    encode: (value: Values) =>
      Buffer.from(reflected.encode(toReflected(kind, value as never) as object).finish()),
    decode(bytes: Uint8Array): unknown {
      let message: unknown;
      try {
        message = reflected.decode(bytes);
      } catch {
        return undefined;
      }
      return fromReflected(kind, message as never);
    },
  };
}

/** What the codec reads from the middle of a buffer; undefined for what it refuses. */
function readIn(type: MessageType, bytes: Uint8Array): unknown {
  const around = Buffer.alloc(bytes.length + 30, 0xff);
  around.set(bytes, 13);
  try {
    return codec.readerFor("request", type)!(around, 13, 13 + bytes.length);
  } catch (error) {
    ok(error instanceof BadRequest, String(error));
    strictEqual(error.reason, "codec.malformed");
    return undefined;
  }
}

/** Whether they read something, and then the same. */
function readAlike(
  type: MessageType,
  oracle: ReturnType<typeof oracleOf>,
  bytes: Uint8Array,
): boolean {
  const ours = readIn(type, bytes);
  try {
    deepStrictEqual(ours, oracle.decode(bytes));
  } catch (error) {
    if (!(error instanceof Quirk)) throw error;
  }
  return ours !== undefined;
}

function writtenIn(type: MessageType, value: unknown): Buffer {
  const writer = codec.writerFor("response", type)!;
  const room = writer.room(value);
  const around = Buffer.alloc(room + 20, 0xee);
  const end = writer.write(value, around, 9);
  ok(end <= 9 + room, `${end - 9} bytes in a room of ${room}`);
  ok(around.subarray(0, 9).every((byte) => byte === 0xee));
  ok(around.subarray(9 + room).every((byte) => byte === 0xee));
  return around.subarray(9, end);
}

test("the bytes are those of protobufjs, within the room that was asked for", () => {
  fc.assert(
    fc.property(typesAndValues(), ({ type, values }) => {
      const oracle = oracleOf(type);
      for (const value of values) {
        const theirs = oracle.encode(value);
        deepStrictEqual(writtenIn(type, value), theirs);
        deepStrictEqual(Buffer.from(codec.write({}, "event", value, type)), theirs);
      }
    }),
    runs,
  );
});

test("whole messages, cut ones and damaged ones are read as protobufjs reads them", () => {
  const damage = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(typesAndValues(), damage, ({ type, values }, [place, byte]) => {
      const oracle = oracleOf(type);
      const parts = values.map((value) => oracle.encode(value));
      const bytes = Buffer.concat(parts); // messages one behind the other are one merged
      const at = place % (bytes.length + 1);
      const changed = Buffer.from(bytes);
      if (at < bytes.length) changed[at] = byte;
      deepStrictEqual(readIn(type, parts[0]!), values[0]);
      for (const body of [bytes, bytes.subarray(0, at), bytes.subarray(at), changed])
        readAlike(type, oracle, body);
    }),
    runs,
  );
});

const bytesOf = (...parts: readonly (number | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Uint8Array.of(part) : part)));

/** A number of 64 bits, now and then in more bytes than it needs, or in too many. */
const varints = fc
  .tuple(
    fc.oneof(fc.nat({ max: 300 }).map(BigInt), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    fc.nat({ max: 24 }),
  )
  .map(([value, more]) => {
    const bytes: number[] = [];
    for (let rest = value; bytes.length === 0 || rest > 0n; rest >>= 7n)
      bytes.push(Number(rest & 127n) | 128);
    if (more > 20) bytes.push(...Array.from({ length: more - 20 }, () => 128), 0);
    else bytes[bytes.length - 1]! &= 127;
    return Buffer.from(bytes);
  });
const lengthOf = (bytes: Uint8Array): Buffer =>
  bytes.length < 128
    ? bytesOf(bytes.length, bytes)
    : bytesOf((bytes.length & 127) | 128, bytes.length >> 7, bytes);
const tagOf = (number: number, wire: number): Buffer => {
  const tag = number * 8 + wire;
  return tag < 128 ? bytesOf(tag) : bytesOf((tag & 127) | 128, ((tag >> 7) & 127) | 128, tag >> 14);
};

function payloads(
  wire: number,
  number: number,
  inner: fc.Arbitrary<Uint8Array>,
): fc.Arbitrary<Uint8Array> {
  if (wire === 0) return varints;
  if (wire === 1) return fc.uint8Array({ minLength: 8, maxLength: 8 });
  if (wire === 2) return inner.map(lengthOf);
  if (wire === 3) return inner.map((bytes) => bytesOf(bytes, tagOf(number, 4)));
  return wire === 5
    ? fc.uint8Array({ minLength: 4, maxLength: 4 })
    : fc.constant(new Uint8Array(0));
}

const wires = {
  double: 1,
  fixed64: 1,
  sfixed64: 1,
  float: 5,
  fixed32: 5,
  sfixed32: 5,
  string: 2,
  bytes: 2,
};
const wireOf = (kind: FieldKind): number =>
  kind.kind === "message"
    ? 2
    : kind.kind === "enum"
      ? 0
      : ((wires as Record<string, number>)[kind.scalar] ?? 0);
const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ maxLength: 40 }));

/** Fields as no writer orders them: repeated, torn, of wrong wire types, unknown, in groups. */
function soups(type: MessageType): fc.Arbitrary<Uint8Array> {
  const records = type.fields.map(
    ({ number, rule, type: kind, mapKey }): fc.Arbitrary<Uint8Array> => {
      const key = { kind: "scalar", scalar: mapKey ?? "string" } as const;
      const base = { protoName: "x", name: "x", rule: "one" } as const;
      const pair = [
        { ...base, number: 1, type: key },
        { ...base, number: 2, type: kind },
      ];
      const wire = rule === "map" ? 2 : wireOf(kind);
      let inner: fc.Arbitrary<Uint8Array> = texts.map((text) => Buffer.from(text));
      if (rule === "map") inner = soups({ name: "x", fields: pair });
      else if (kind.kind === "message") inner = soups(kind.type);
      else if (wire !== 2)
        inner = fc
          .array(payloads(wire, number, inner), { maxLength: 4 })
          .map((parts) => bytesOf(...parts));
      const torn = fc.uint8Array({ maxLength: 12 });
      const right = payloads(wire, number, inner).map((bytes) =>
        bytesOf(tagOf(number, wire), bytes),
      );
      const packed = inner.map((bytes) => bytesOf(tagOf(number, 2), lengthOf(bytes)));
      const wrong = fc
        .constantFrom(0, 1, 2, 3, 5, 2, 0, 7)
        .chain((other) =>
          payloads(other, number, fc.oneof(inner, torn)).map((bytes) =>
            bytesOf(tagOf(number, other), bytes),
          ),
        );
      return fc.oneof(
        { weight: 8, arbitrary: right },
        { weight: 2, arbitrary: packed },
        { weight: 1, arbitrary: wrong },
      );
    },
  );
  // Without fields, protobufjs mistakes a group's tag for its number, and finds no end.
  const groups = type.fields.length > 0 ? [3] : [];
  const unknown = fc
    .tuple(fc.constantFrom(20_000, 30_000), fc.constantFrom(0, 1, 2, 5, ...groups))
    .chain(([number, wire]) =>
      payloads(wire, number, fc.constant(bytesOf(8, 1))).map((bytes) =>
        bytesOf(tagOf(number, wire), bytes),
      ),
    );
  return fc
    .array(fc.oneof(...records, unknown), { maxLength: 7 })
    .map((parts) => bytesOf(...parts));
}

test("fields in any order and number are read as protobufjs reads them", () => {
  let read = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      messageTypes(2).chain((type) =>
        fc.tuple(fc.constant(type), fc.array(soups(type), { minLength: 4, maxLength: 4 })),
      ),
      ([type, bodies]) => {
        const oracle = oracleOf(type);
        for (const body of bodies) {
          if (readAlike(type, oracle, body)) read++;
          else refused++;
        }
      },
    ),
    runs,
  );
  ok(read > 100 && refused > 50, `${read} read, ${refused} refused`);
});
