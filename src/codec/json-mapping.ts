import { enumValue, mapKey, scalarFromJson, scalarToJson, zeroScalar } from "./json-scalar.js";
import type { FieldKind, MessageField, MessageType } from "./message-type.js";
import { Mismatch, toBadRequest, within } from "./mismatch.js";
import { readProperty, setProperty } from "./own-property.js";

/** Messages inside messages, at most: the limit of protobuf's own readers. */
const maxDepth = 100;

type Convert = (kind: FieldKind, value: unknown, depth: number) => unknown;

function requireObject(value: unknown, depth: number): object {
  if (depth > maxDepth) throw new Mismatch(`nested deeper than ${maxDepth} messages`);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Mismatch("expected an object");
  return value;
}

function convertList(kind: FieldKind, list: unknown, depth: number, convert: Convert): unknown[] {
  if (!Array.isArray(list)) throw new Mismatch("expected an array");
  return Array.from(list as unknown[], (item, index) => {
    try {
      return convert(kind, item, depth);
    } catch (error) {
      throw within(`[${index}]`, error);
    }
  });
}

function convertMap(field: MessageField, map: unknown, depth: number, convert: Convert): object {
  const result = {};
  const source = requireObject(map, 0);
  for (const key of Object.keys(source)) {
    try {
      const value = (source as Record<string, unknown>)[key];
      setProperty(result, mapKey(field.mapKey ?? "string", key), convert(field.type, value, depth));
    } catch (error) {
      throw within(`[${JSON.stringify(key)}]`, error);
    }
  }
  return result;
}

function convertField(
  field: MessageField,
  value: unknown,
  depth: number,
  convert: Convert,
): unknown {
  if (field.rule === "repeated") return convertList(field.type, value, depth, convert);
  if (field.rule === "map") return convertMap(field, value, depth, convert);
  return convert(field.type, value, depth);
}

/** Copies the fields that `read` finds to `target`, converted. Refuses two members of one oneof. */
function convertFields(
  type: MessageType,
  target: object,
  depth: number,
  convert: Convert,
  read: (field: MessageField) => unknown,
  absent?: (field: MessageField) => unknown,
): object {
  const chosen = new Set<string>();
  for (const field of type.fields) {
    try {
      const value = read(field);
      if (value === undefined || value === null) {
        const zero = absent?.(field);
        if (zero !== undefined || Object.hasOwn(target, field.name))
          setProperty(target, field.name, zero);
        continue;
      }
      if (field.oneof !== undefined) {
        if (chosen.has(field.oneof)) throw new Mismatch(`a second member of oneof ${field.oneof}`);
        chosen.add(field.oneof);
      }
      setProperty(target, field.name, convertField(field, value, depth, convert));
    } catch (error) {
      throw within(`.${field.name}`, error);
    }
  }
  return target;
}

const toJson: Convert = (kind, value, depth) => {
  if (kind.kind === "scalar") return scalarToJson(kind.scalar, value);
  if (kind.kind === "enum") return enumValue(kind.enum, value);
  const source = requireObject(value, depth);
  const read = (field: MessageField) => readProperty(source, field.name);
  return convertFields(kind.type, {}, depth + 1, toJson, read);
};

/** The value of a field that is not there; undefined where absence can be told. */
function zeroValue(field: MessageField): unknown {
  if (field.rule === "repeated") return [];
  if (field.rule === "map") return {};
  if (field.rule === "optional" || field.oneof !== undefined) return undefined;
  if (field.type.kind === "scalar") return zeroScalar(field.type.scalar);
  return field.type.kind === "enum" ? enumValue(field.type.enum, 0) : undefined;
}

const fromJson: Convert = (kind, json, depth) => {
  if (kind.kind === "scalar") return scalarFromJson(kind.scalar, json);
  if (kind.kind === "enum") return enumValue(kind.enum, json);
  const source = requireObject(json, depth) as Record<string, unknown>;
  const own = (name: string) => (Object.hasOwn(source, name) ? source[name] : undefined);
  const read = (field: MessageField) => own(field.name) ?? own(field.protoName);
  const target = kind.type.construct ? new kind.type.construct() : {};
  return convertFields(kind.type, target, depth + 1, fromJson, read, zeroValue);
};

/**
 * A value as JSON by proto3's mapping: lowerCamelCase names, 64-bit integers as decimal text, bytes
 * as base64, enums by name, `NaN` and the infinities as text. Fields that are undefined or null are
 * left out, and so is what the type does not declare; `undefined` itself is the empty message. The
 * result shares nothing with the value.
 *
 * @throws BadRequest `codec.unwritable`, naming the field, for what the type cannot hold.
 */
export function toJsonValue(type: MessageType, value: unknown): unknown {
  try {
    return toJson({ kind: "message", type }, value ?? {}, 0);
  } catch (error) {
    throw toBadRequest(type, "codec.unwritable", error);
  }
}

/**
 * A value from its JSON. Takes lowerCamelCase and original names, numbers as numbers or text, enums
 * by name or number, base64 in both alphabets; `null` is the default. Unknown names are ignored,
 * because newer peers add fields.
 *
 * Fields that are not there get proto3's zero value; where absence can be told (`optional`, messages,
 * members of a oneof) they stay undefined. With `type.construct` the result is an instance of it.
 *
 * @throws BadRequest `codec.malformed`, naming the field: `HelloRequest.address.zip: expected a number`.
 */
export function fromJsonValue(type: MessageType, json: unknown): unknown {
  try {
    return fromJson({ kind: "message", type }, json ?? {}, 0);
  } catch (error) {
    throw toBadRequest(type, "codec.malformed", error);
  }
}
