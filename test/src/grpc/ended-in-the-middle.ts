/**
 * A process that ends a gRPC connection in the middle of what it tells, with a frame of a wrong size behind in
 * the same bytes. The argument says why it ends: since the peer is `leaving` or says what is `invalid`, or since a
 * call or a handler closes the whole `client` or `server`.
 */
import "reflect-metadata";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { hpackBlock } from "../../fuzz/wire/hpack.js";
import {
  h2,
  http2Bytes,
  http2Frame,
  http2Frames,
  http2Preface,
  settingsFrame,
} from "../../fuzz/wire/http2-frame.js";
import { grpcApp } from "../../support/grpc-app.js";
import { frameOf } from "../../support/raw-grpc.js";

const hello = http2Bytes(settingsFrame([4, 65_535]));
const head = http2Bytes(
  http2Frame(
    h2.headers,
    1,
    hpackBlock([
      [":status", "200"],
      ["content-type", "application/grpc+json"],
    ]),
    4,
  ),
);
const body = http2Bytes(http2Frame(h2.data, 1, frameOf(Buffer.from("{}")), 0));
const tail = http2Bytes(http2Frame(h2.headers, 1, hpackBlock([["grpc-status", "0"]]), 5));
const leaving = http2Bytes(http2Frame(h2.goAway, 0, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]), 0));
const invalid = http2Bytes(http2Frame(10, 0, Buffer.alloc(5))); // an ALTSVC without an origin
const wrongSize = http2Bytes(http2Frame(h2.ping, 0, Buffer.alloc(7), 0));

async function client(why: string | undefined): Promise<void> {
  const answer = {
    leaving: [head, body, leaving, tail, wrongSize],
    invalid: [head, body, tail, invalid, wrongSize],
    client: [head, body, tail, wrongSize],
  }[why ?? ""];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write(hello);
    let asked = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      asked = Buffer.concat([asked, bytes]);
      const frames = http2Frames(asked.subarray(http2Preface.length));
      if (frames.some(({ type }) => type === h2.data)) socket.write(Buffer.concat(answer ?? []));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const app = await grpcApp({ client: { retries: 0 } });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const request = app.client.newRequest("greeter", "Greeter.Hello", {});
  const reply = await app.client.call(request, { address, timeoutMs: 5_000 });
  const closed = why === "client" ? app.client.close() : undefined;
  process.stdout.write(JSON.stringify(reply));
  await closed;
}

async function server(): Promise<void> {
  const stopped: Promise<unknown>[] = [];
  const app = await grpcApp({
    handlers: [
      {
        endpoint: "Greeter.Stop",
        handle: () => void stopped.push(app.server.stop({ timeoutMs: 1 })),
      },
    ],
  });
  const [host, port] = app.server.address.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => undefined);
  socket.resume();
  const asked = hpackBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/greeter.Greeter/Stop"],
    [":authority", app.server.address],
    ["te", "trailers"],
    ["content-type", "application/grpc+json"],
  ]);
  socket.write(
    Buffer.concat([
      http2Preface,
      hello,
      http2Bytes(http2Frame(h2.headers, 1, asked, 4)),
      http2Bytes(http2Frame(h2.data, 1, frameOf(Buffer.from("{}")), 1)),
      wrongSize,
    ]),
  );
  await once(socket, "close");
  await Promise.all(stopped);
  process.stdout.write(JSON.stringify({}));
}

const [why] = process.argv.slice(2);
void (why === "server" ? server() : client(why)).then(() =>
  // What lies behind has been read by then.
  setImmediate(() => setImmediate(() => process.exit(0))),
);
