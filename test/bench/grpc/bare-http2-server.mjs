/** The least that an answer to a gRPC call over node:http2 takes. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer } from "node:http2";
import protobuf from "protobufjs";

const type = (name, field) => new protobuf.Type(name).add(new protobuf.Field(field, 1, "string"));
const HelloRequest = type("HelloRequest", "name");
const HelloReply = type("HelloReply", "greeting");

export async function startServer({ host, port }) {
  const server = createServer();
  server.on("stream", (stream) => {
    let request;
    stream.on("data", (chunk) => (request = request ? Buffer.concat([request, chunk]) : chunk));
    stream.on("end", () => {
      const { name } = HelloRequest.decode(request.subarray(5));
      const body = HelloReply.encode({ greeting: `Hello ${name}` }).finish();
      const frame = Buffer.allocUnsafe(5 + body.length);
      frame[0] = 0;
      frame.writeUInt32BE(body.length, 1);
      frame.set(body, 5);
      stream.respond(
        { ":status": 200, "content-type": "application/grpc+proto" },
        { waitForTrailers: true },
      );
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(frame);
    });
  });
  await once(server.listen(port, host), "listening");
  return { close: () => server.close() };
}
