import { begin, call, frame, hello, numberOf, route } from "../../src/frames/frame-bytes.js";
import { http2Bytes, http2Preface, settingsFrame } from "../wire/http2-frame.js";
import { flooded } from "./flood.js";
import type { Scenario } from "./scenario.js";

/** Times of the server, so that a scenario need not wait for half a minute. */
const hurried = {
  FUZZ_MESSAGE_TIMEOUT_MS: "1500",
  FUZZ_IDLE_TIMEOUT_MS: "2000",
  FUZZ_KEEP_ALIVE_MS: "1000",
};
// Fewer than the calls that a server takes at once, so that nobody honest is refused.
const many = 900;
const framesBegin = Buffer.concat([begin, hello("slow"), route(0, "T.Wait"), route(1, "T.Echo")]);
const post = (rest: string): Buffer =>
  Buffer.from(
    `POST /T/Echo HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nMicro-Endpoint: T.Echo\r\n${rest}`,
  );

const slow = (
  title: string,
  target: string,
  opening: Buffer | undefined,
  drips: Buffer | undefined,
  limit = "messageTimeoutMs 1500",
): Scenario =>
  flooded({
    title,
    target,
    limits: hurried,
    connections: many,
    ...(opening && { opening: () => opening }),
    ...(drips && { pours: () => drips, everyMs: 250 }),
    reads: true,
    forMs: 1_000,
    leastClosed: many,
    mostRssMib: 400,
    limit,
  });

/** Peers that begin and do not go on, or go on a byte at a time. */
export const slowPeers: readonly Scenario[] = [
  slow("mucp: headers drip-fed", "mucp", undefined, post("X-Slow: " + "x".repeat(1_000))),
  slow("mucp: a body drip-fed", "mucp", post("Content-Length: 1000\r\n\r\n"), Buffer.from("x")),
  slow("mucp: nothing said", "mucp", undefined, undefined, "idleTimeoutMs 2000"),
  slow(
    "frames: a frame drip-fed",
    "frames",
    framesBegin,
    call(numberOf(0), 1, { body: "x".repeat(1_000) }),
  ),
  slow(
    "frames: a frame cut off",
    "frames",
    Buffer.concat([framesBegin, frame(2, 65_536, "x", 1_000)]),
    undefined,
  ),
  slow(
    "frames: a call waits, its caller is silent",
    "frames",
    Buffer.concat([framesBegin, call(numberOf(0), 0)]),
    undefined,
    "idleTimeoutMs 2000 (no answer to a ping)",
  ),
  slow("plain HTTP: headers drip-fed", "http", undefined, post("X-Slow: " + "x".repeat(1_000))),
  slow(
    "plain HTTP: a body drip-fed",
    "http",
    post("Content-Length: 1000\r\n\r\n"),
    Buffer.from("x"),
  ),
  slow(
    "gRPC: connected, the preface drip-fed",
    "grpc",
    undefined,
    http2Preface,
    "keepAliveMs 1000, keepAliveTimeoutMs 1000",
  ),
  slow(
    "gRPC: settings, then silence",
    "grpc",
    Buffer.concat([http2Preface, http2Bytes(settingsFrame())]),
    undefined,
    "keepAliveMs 1000, keepAliveTimeoutMs 1000",
  ),
];
