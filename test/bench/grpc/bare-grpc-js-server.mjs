/** grpc-js and protobufjs, nothing else: the server's side. */
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";

const type = (name, field) => new protobuf.Type(name).add(new protobuf.Field(field, 1, "string"));
const HelloRequest = type("HelloRequest", "name");
const HelloReply = type("HelloReply", "greeting");

const service = {
  Hello: {
    path: "/greeter.Greeter/Hello",
    requestStream: false,
    responseStream: false,
    requestDeserialize: (bytes) => HelloRequest.decode(bytes),
    responseSerialize: (reply) => HelloReply.encode(reply).finish(),
  },
};

export async function startServer({ host, port }) {
  const server = new grpc.Server();
  server.addService(service, {
    Hello: ({ request }, answer) => answer(null, { greeting: `Hello ${request.name}` }),
  });
  const bind = promisify(server.bindAsync).bind(server);
  await bind(`${host}:${port}`, grpc.ServerCredentials.createInsecure());
  return { close: () => server.forceShutdown() };
}
