/** greeter.proto for connect: the descriptor that its compiler would generate, built when it is loaded. */
import { create, createFileRegistry } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

const field = (name, number, type) => ({
  name,
  jsonName: name,
  number,
  type,
  label: Label.OPTIONAL,
});
const method = (name, inputType, more = {}) => ({
  name,
  inputType: `.bench.${inputType}`,
  outputType: ".bench.HelloReply",
  ...more,
});

const file = create(FileDescriptorProtoSchema, {
  name: "greeter.proto",
  package: "bench",
  syntax: "proto3",
  messageType: [
    { name: "HelloRequest", field: [field("name", 1, Type.STRING)] },
    { name: "HelloReply", field: [field("greeting", 1, Type.STRING)] },
    {
      name: "TicksRequest",
      field: [field("name", 1, Type.STRING), field("count", 2, Type.UINT32)],
    },
  ],
  service: [
    {
      name: "Greeter",
      method: [
        method("Hello", "HelloRequest"),
        method("Ticks", "TicksRequest", { serverStreaming: true }),
        method("Chat", "HelloRequest", { clientStreaming: true, serverStreaming: true }),
      ],
    },
  ],
});

export const Greeter = createFileRegistry(
  create(FileDescriptorSetSchema, { file: [file] }),
).getService("bench.Greeter");
