/** grpc-js and protobufjs, nothing else. */
import grpc from "@grpc/grpc-js";
import { path, readReply, writeRequest } from "./greeter-types.mjs";

export async function connect({ host, port }) {
  const client = new grpc.Client(`${host}:${port}`, grpc.credentials.createInsecure());
  return {
    call: (request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, writeRequest, readReply, request, (error, reply) =>
          error ? reject(error) : resolve(reply),
        );
      }),
    close: async () => client.close(),
  };
}
