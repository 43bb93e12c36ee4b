/**
 * A process whose gRPC connection breaks in the middle of a header block, and that collects garbage at that
 * moment, as `--expose-gc` lets it. The argument says whose: of a `client` or of a `server`.
 */
import "reflect-metadata";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { hpackBlock } from "../../fuzz/wire/hpack.js";
import {
  h2,
  http2Bytes,
  http2Frame,
  http2Preface,
  settingsFrame,
} from "../../fuzz/wire/http2-frame.js";
import { grpcApp } from "../../support/grpc-app.js";
import { frameOf } from "../../support/raw-grpc.js";

const hello = http2Bytes(settingsFrame([4, 65_535]));
/** Headers that should go on, and a frame that does not do so. */
const half = (first: string, value: string): Buffer =>
  Buffer.concat([
    http2Bytes(http2Frame(h2.headers, 1, hpackBlock([[first, value]]), 0)),
    http2Bytes(http2Frame(h2.headers, 0, hpackBlock([["x", "y"]]), 5)),
  ]);

const collect = (): void => {
  globalThis.gc?.();
};

async function client(): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write(hello);
    socket.once("data", () => setTimeout(() => socket.write(half(":status", "100")), 20));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const app = await grpcApp({ client: { retries: 0 } });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = app.client.call(app.client.newRequest("greeter", "Greeter.Hello", {}), {
    address,
    timeoutMs: 5_000,
  });
  call.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await app.client.close();
  collect();
}

async function server(): Promise<void> {
  const app = await grpcApp({
    handlers: [{ endpoint: "Greeter.Wait", handle: () => new Promise(() => undefined) }],
  });
  const [host, port] = app.server.address.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => undefined);
  socket.resume();
  const head = hpackBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/greeter.Greeter/Wait"],
    [":authority", app.server.address],
    ["te", "trailers"],
    ["content-type", "application/grpc+json"],
  ]);
  socket.write(
    Buffer.concat([
      http2Preface,
      hello,
      http2Bytes(http2Frame(h2.headers, 1, head, 4)),
      http2Bytes(http2Frame(h2.data, 1, frameOf(Buffer.from("{}")), 0)),
      half("x-half", "a value of some length"),
    ]),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  await app.server.stop({ timeoutMs: 1 });
  collect();
}

void (process.argv[2] === "server" ? server() : client()).then(() => {
  collect();
  setImmediate(() => {
    collect();
    process.exit(0);
  });
});
