/** The least that a gRPC call over node:http2 takes: no deadline, no checks. */
import { Buffer } from "node:buffer";
import { connect as dial } from "node:http2";
import { path, readReply, writeRequest } from "./greeter-types.mjs";

export async function connect({ host, port }) {
  const session = dial(`http://${host}:${port}`);
  return {
    call: (request) =>
      new Promise((resolve, reject) => {
        const body = writeRequest(request);
        const frame = Buffer.allocUnsafe(5 + body.length);
        frame[0] = 0;
        frame.writeUInt32BE(body.length, 1);
        frame.set(body, 5);
        const stream = session.request({
          ":method": "POST",
          ":path": path,
          "content-type": "application/grpc+proto",
          te: "trailers",
        });
        let reply;
        stream.on("data", (chunk) => (reply = reply ? Buffer.concat([reply, chunk]) : chunk));
        stream.on("trailers", (trailers) => {
          if (trailers["grpc-status"] === "0") resolve(readReply(reply.subarray(5)));
          else reject(new Error(trailers["grpc-message"]));
        });
        stream.on("error", reject);
        stream.end(frame);
      }),
    close: async () => session.close(),
  };
}
