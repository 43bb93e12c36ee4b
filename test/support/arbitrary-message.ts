import fc from "fast-check";
import type { FieldKind, MessageField, MessageType, ScalarKind } from "../../src/spi.js";

/** A message type and values that it can hold, as they are read. */
export interface TypeAndValues {
  readonly type: MessageType;
  readonly values: readonly Readonly<Record<string, unknown>>[];
}

const scalars = {
  double: fc.double(),
  float: fc.float(),
  int32: fc.integer(),
  sint32: fc.integer(),
  sfixed32: fc.integer(),
  uint32: fc.nat({ max: 4_294_967_295 }),
  fixed32: fc.nat({ max: 4_294_967_295 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  sint64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  sfixed64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fixed64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bool: fc.boolean(),
  string: fc.string({ unit: "binary" }),
  bytes: fc.uint8Array({ maxLength: 40 }),
} satisfies Record<ScalarKind, fc.Arbitrary<unknown>>;

const scalarKinds = Object.keys(scalars) as ScalarKind[];
const keyKinds = scalarKinds.filter((kind) => !["double", "float", "bytes"].includes(kind));

const fieldNames = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9]{0,6}(_[a-z][a-z0-9]{0,4}){0,2}$/),
  fc.constantFrom("to_string", "constructor", "value_of", "type", "message", "enum", "syntax"),
);
const camel = (name: string) => name.replace(/_(.)/g, (_, next: string) => next.toUpperCase());

const enums = fc
  .uniqueArray(
    fc.integer().filter((number) => number !== 0),
    { maxLength: 4 },
  )
  .map((numbers) => ({
    name: "sample.Choice",
    values: Object.fromEntries([0, ...numbers].map((number, index) => [`VALUE_${index}`, number])),
  }));

function kinds(depth: number, position: string): fc.Arbitrary<FieldKind> {
  const scalar = fc
    .constantFrom(...scalarKinds)
    .map((kind) => ({ kind: "scalar", scalar: kind }) as const);
  const enumKind = enums.map(
    (type) => ({ kind: "enum", enum: { ...type, name: `sample.Enum${position}` } }) as const,
  );
  if (depth === 0) return fc.oneof({ weight: 4, arbitrary: scalar }, enumKind);
  const message = messageTypes(depth - 1, position).map(
    (type) => ({ kind: "message", type }) as const,
  );
  return fc.oneof({ weight: 4, arbitrary: scalar }, enumKind, message);
}

/** Message types with fields of every sort, at most `depth` messages deep. */
export const messageTypes = (depth: number, position = ""): fc.Arbitrary<MessageType> =>
  fc
    .record({
      names: fc.uniqueArray(fieldNames, { maxLength: 6, selector: camel }),
      numbers: fc.uniqueArray(fc.integer({ min: 1, max: 18_999 }), { minLength: 6, maxLength: 6 }),
      kinds: fc.tuple(...[0, 1, 2, 3, 4, 5].map((index) => kinds(depth, `${position}_${index}`))),
      rules: fc.array(fc.constantFrom("one", "one", "optional", "repeated", "map", "oneof"), {
        minLength: 6,
        maxLength: 6,
      }),
      keys: fc.array(fc.constantFrom(...keyKinds), { minLength: 6, maxLength: 6 }),
    })
    .map(({ names, numbers, kinds: types, rules, keys }) => ({
      name: `sample.Message${position}`,
      fields: names.map((protoName, index): MessageField => {
        const rule = rules[index]!;
        return {
          name: camel(protoName),
          protoName,
          number: numbers[index]!,
          rule: rule === "oneof" ? "one" : rule,
          type: types[index]!,
          ...(rule === "map" && { mapKey: keys[index]! }),
          ...(rule === "oneof" && { oneof: "of_one" }),
        };
      }),
    }));

function valuesOfKind(kind: FieldKind): fc.Arbitrary<unknown> {
  if (kind.kind === "scalar") return scalars[kind.scalar];
  if (kind.kind === "message") return valuesOf(kind.type);
  const known = fc.constantFrom(...Object.keys(kind.enum.values));
  const unknown = fc
    .integer()
    .filter((number) => !Object.values(kind.enum.values).includes(number));
  return fc.oneof({ weight: 4, arbitrary: known }, unknown);
}

function valuesOfField({ rule, type, mapKey }: MessageField): fc.Arbitrary<unknown> {
  const values = valuesOfKind(type);
  if (rule === "repeated") return fc.array(values, { maxLength: 4 });
  if (rule === "map") {
    const key = fc.oneof(
      scalars[mapKey!].map(String),
      fc.constant(mapKey === "string" ? "__proto__" : "0"),
    );
    const keys = mapKey === "bool" ? fc.constantFrom("true", "false") : key;
    return fc
      .array(fc.tuple(keys, values), { maxLength: 4 })
      .map((pairs) => Object.fromEntries(pairs));
  }
  return values;
}

/** Values of a type, as a codec reads them: zero values in their places, absent fields absent. */
export function valuesOf(type: MessageType): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const present = fc.record(
    Object.fromEntries(
      type.fields.map((field) => {
        const canBeAbsent =
          field.rule === "optional" ||
          field.oneof !== undefined ||
          (field.rule === "one" && field.type.kind === "message");
        const values = valuesOfField(field);
        return [field.name, canBeAbsent ? fc.option(values, { nil: undefined }) : values];
      }),
    ),
  );
  return present.map((value) => {
    const members = type.fields.filter(({ name, oneof }) => oneof && value[name] !== undefined);
    const dropped = new Set(members.slice(1).map(({ name }) => name));
    return Object.fromEntries(
      Object.entries(value).filter(([name, of]) => of !== undefined && !dropped.has(name)),
    );
  });
}

/** Types, each with some of its values. */
export const typesAndValues = (depth = 2): fc.Arbitrary<TypeAndValues> =>
  messageTypes(depth).chain((type) =>
    fc.array(valuesOf(type), { minLength: 1, maxLength: 3 }).map((values) => ({ type, values })),
  );
