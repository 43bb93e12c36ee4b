import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { rawCall } from "../../../test/support/raw-grpc.js";
import { hpackBlock } from "../../../test/fuzz/wire/hpack.js";
import {
  h2,
  http2Bytes,
  http2Frame,
  http2Frames,
  http2Preface,
  settingsFrame,
  u32,
  type Http2Frame,
} from "../../../test/fuzz/wire/http2-frame.js";

let app: GrpcApp;
beforeEach(async () => {
  app = await grpcApp({
    handlers: [{ endpoint: "Greeter.Hello", handle: async () => ({ hello: true }) }],
  });
});
afterEach(() => app.stop());

/** Sends frames in one piece, and resolves when everything before the ping was looked at, or it is over. */
function say(...frames: readonly Http2Frame[]): Promise<void> {
  return new Promise((resolve) => {
    const [host = "", port = ""] = app.server.address.split(":");
    const socket = connect({ host, port: Number(port) }, () => {
      const ping = http2Frame(h2.ping, 0, Buffer.from("12345678"));
      const all = [settingsFrame(), ...frames, ping].map(http2Bytes);
      socket.write(Buffer.concat([http2Preface, ...all]));
    });
    let came = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      came = Buffer.concat([came, bytes]);
      const gone = http2Frames(came).some(({ type }) => type === h2.goAway);
      if (gone || came.includes("12345678")) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
}

const head = (stream: number, more: readonly (readonly [string, string])[] = [], method = "POST") =>
  http2Frame(
    h2.headers,
    stream,
    hpackBlock([
      [":method", method],
      [":scheme", "http"],
      [":path", "/greeter.Greeter/Hello"],
      [":authority", "h"],
      ["content-type", "application/grpc+json"],
      ...more,
    ]),
    4,
  );
const reset = (stream: number, code: number): Http2Frame => http2Frame(h2.reset, stream, u32(code));
const message = http2Frame(h2.data, 1, Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]), 1);

test.each([
  ["a call that is reset at once", [head(1), reset(1, 2)]],
  ["a call of another verb, reset at once", [head(1, [], "PUT"), reset(1, 2)]],
  [
    "an encoding that nobody reads, reset at once",
    [head(1, [["grpc-encoding", "br"]]), reset(1, 11)],
  ],
  ["a message after its reset", [head(1), reset(1, 8), message]],
  ["a call that breaks the protocol later", [head(1, [], "PUT"), message, message]],
  ["a length that lies", [head(1, [["content-length", "99"]], "PUT"), message]],
])("%s: the server lives and serves", async (_what, frames) => {
  for (let round = 0; round < 5; round++) await say(...frames);
  const { trailers } = await rawCall(
    app.server.address,
    "/greeter.Greeter/Hello",
    { "content-type": "application/grpc+json" },
    Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]),
  );
  expect(trailers["grpc-status"]).toBe("0");
});
