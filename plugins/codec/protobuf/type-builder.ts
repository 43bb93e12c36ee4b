import protobuf from "protobufjs";
import type {
  EnumType,
  FieldKind,
  MessageField,
  MessageType,
  ScalarKind,
} from "../../../src/spi.js";
import { findType } from "./find-type.js";
import { ProtoError } from "./proto-error.js";

const bare = (fullName: string): string => fullName.replace(/^\./, "");

/** Turns protobufjs's reflection into message types, each once, circles and all. */
export class TypeBuilder {
  readonly #messages = new Map<protobuf.Type, MessageType>();
  readonly #enums = new Map<protobuf.Enum, EnumType>();

  /** @throws ProtoError `proto.unknown-name` for a field of a type that is declared nowhere. */
  message(type: protobuf.Type): MessageType {
    const known = this.#messages.get(type);
    if (known) return known;
    const fields: MessageField[] = [];
    const message: MessageType = { name: bare(type.fullName), fields };
    this.#messages.set(type, message); // before the fields, which may lead back here
    for (const field of type.fieldsArray) fields.push(this.#field(field));
    const names = new Set(fields.map(({ name }) => name));
    if (names.size < fields.length)
      throw new ProtoError("proto.unsupported", `${message.name} has two fields of one JSON name`);
    return message;
  }

  #enum(type: protobuf.Enum): EnumType {
    let known = this.#enums.get(type);
    if (!known) {
      known = { name: bare(type.fullName), values: { ...type.values } };
      this.#enums.set(type, known);
    }
    return known;
  }

  #field(field: protobuf.Field): MessageField {
    if (!(field.type in protobuf.types.basic)) {
      const type = field.parent && findType(field.parent, field.type);
      if (!type) {
        const message = `${bare(field.fullName)} has the type ${field.type}, which is declared nowhere`;
        throw new ProtoError("proto.unknown-name", message);
      }
      field.type = type.fullName;
    }
    field.resolve();
    const optional = field.options?.["proto3_optional"] === true;
    const rule = field.repeated ? "repeated" : field.map ? "map" : optional ? "optional" : "one";
    const jsonName: unknown = field.options?.["json_name"];
    return {
      name: typeof jsonName === "string" ? jsonName : protobuf.util.jsonName(field.name),
      protoName: field.name,
      number: field.id,
      rule,
      type: this.#kind(field),
      ...(field instanceof protobuf.MapField && { mapKey: field.keyType as ScalarKind }),
      ...(field.partOf && !optional && { oneof: field.partOf.name }),
    };
  }

  #kind(field: protobuf.Field): FieldKind {
    const type = field.resolvedType;
    if (type instanceof protobuf.Enum) return { kind: "enum", enum: this.#enum(type) };
    if (type instanceof protobuf.Type) return { kind: "message", type: this.message(type) };
    return { kind: "scalar", scalar: field.type as ScalarKind };
  }
}
