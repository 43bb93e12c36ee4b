/** The greeter's messages by protobufjs, for clients that have no codec of their own. */
import protobuf from "protobufjs";

const type = (name, field) => new protobuf.Type(name).add(new protobuf.Field(field, 1, "string"));

const HelloRequest = type("HelloRequest", "name");
const HelloReply = type("HelloReply", "greeting");

export const path = "/greeter.Greeter/Hello";
export const writeRequest = (request) => HelloRequest.encode(request).finish();
export const readReply = (bytes) => HelloReply.decode(bytes);
