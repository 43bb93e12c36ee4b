import { messageTypes, type FieldLiteral } from "./message-types.js";

const field = (
  name: string,
  number: number,
  type: string,
  rule?: FieldLiteral["rule"],
): FieldLiteral => ({ name, number, type, ...(rule && { rule }) });

/** The messages of google/protobuf/descriptor.proto, as far as proto3 without options needs them. */
export const descriptorTypes = messageTypes({
  messages: {
    FileDescriptorProto: [
      field("name", 1, "string"),
      field("package", 2, "string"),
      field("dependency", 3, "string", "repeated"),
      field("messageType", 4, "DescriptorProto", "repeated"),
      field("enumType", 5, "EnumDescriptorProto", "repeated"),
      field("service", 6, "ServiceDescriptorProto", "repeated"),
      field("syntax", 12, "string"),
    ],
    DescriptorProto: [
      field("name", 1, "string"),
      field("field", 2, "FieldDescriptorProto", "repeated"),
      field("nestedType", 3, "DescriptorProto", "repeated"),
      field("enumType", 4, "EnumDescriptorProto", "repeated"),
      field("options", 7, "MessageOptions"),
      field("oneofDecl", 8, "OneofDescriptorProto", "repeated"),
    ],
    MessageOptions: [field("mapEntry", 7, "bool")],
    OneofDescriptorProto: [field("name", 1, "string")],
    FieldDescriptorProto: [
      field("name", 1, "string"),
      field("number", 3, "int32"),
      field("label", 4, "int32"),
      field("type", 5, "int32"),
      field("typeName", 6, "string"),
      field("oneofIndex", 9, "int32", "optional"), // 0 is the first one
      field("jsonName", 10, "string"),
      field("proto3Optional", 17, "bool"),
    ],
    EnumDescriptorProto: [
      field("name", 1, "string"),
      field("value", 2, "EnumValueDescriptorProto", "repeated"),
      field("options", 3, "EnumOptions"),
    ],
    EnumOptions: [field("allowAlias", 2, "bool")],
    EnumValueDescriptorProto: [
      field("name", 1, "string"),
      field("number", 2, "int32", "optional"), // said even when it is 0
    ],
    ServiceDescriptorProto: [
      field("name", 1, "string"),
      field("method", 2, "MethodDescriptorProto", "repeated"),
    ],
    MethodDescriptorProto: [
      field("name", 1, "string"),
      field("inputType", 2, "string"),
      field("outputType", 3, "string"),
      field("options", 4, "MethodOptions"),
      field("clientStreaming", 5, "bool"),
      field("serverStreaming", 6, "bool"),
    ],
    MethodOptions: [field("idempotencyLevel", 34, "int32")],
  },
});
