import { gzipSync } from "node:zlib";
import { hpackBlock, hpackNumber } from "../wire/hpack.js";
import {
  h2,
  http2Bytes,
  http2Frame,
  http2Preface,
  pingFrame,
  settingsFrame,
  u32,
} from "../wire/http2-frame.js";
import { flooded, type Flood } from "./flood.js";
import type { Scenario } from "./scenario.js";

const opening = Buffer.concat([http2Preface, http2Bytes(settingsFrame([4, 65_535]))]);

const fields = (endpoint: string): readonly (readonly [string, string])[] => [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", `/fuzz.T/${endpoint}`],
  [":authority", "h"],
  ["te", "trailers"],
  ["content-type", "application/grpc+json"],
];
const block = (endpoint: string): Buffer => hpackBlock(fields(endpoint));
const bombed = hpackBlock([...fields("Echo"), ["grpc-encoding", "gzip"]]);
const message = (body: Buffer, compressed = 0): Buffer =>
  Buffer.concat([Buffer.of(compressed), u32(body.length), body]);
const many = (bytes: Buffer, times = 100): Buffer =>
  Buffer.concat(Array.from({ length: times }, () => bytes));
const streamOf = (turn: number): number => 1 + turn * 2;

const flood = (title: string, pours: Flood["pours"], more: Partial<Flood> = {}): Scenario =>
  flooded({
    title: `gRPC: ${title}`,
    target: "grpc",
    connections: 20,
    opening: () => opening,
    ...(pours && { pours }),
    reads: true,
    refuses: true,
    forMs: 2_000,
    mostRssMib: 500,
    limit: "",
    ...more,
  });

const resets = (turn: number): Buffer =>
  Buffer.concat(
    Array.from({ length: 50 }, (_, index) => {
      const stream = streamOf(turn * 50 + index);
      return Buffer.concat([
        http2Bytes(http2Frame(h2.headers, stream, block("Wait"), 4)),
        http2Bytes(http2Frame(h2.reset, stream, u32(8))),
      ]);
    }),
  );

/** A large entry for the table of headers, and a block that names it again and again. */
const tableEntry = Buffer.concat([
  Buffer.of(0x40),
  hpackNumber(1, 7, 0),
  Buffer.from("x"),
  hpackNumber(4_000, 7, 0),
  Buffer.alloc(4_000, "v"),
]);
const bombBlock = Buffer.concat([tableEntry, Buffer.alloc(12_000, 0xbe)]);

const zeros = gzipSync(Buffer.alloc(60_000_000));

/** More of every frame of HTTP/2 than anybody needs, and what unpacks to more. */
export const http2Floods: readonly Scenario[] = [
  flood("streams reset at once", resets, { limit: "nghttp2's budget of resets" }),
  flood(
    "calls that wait",
    (turn) => http2Bytes(http2Frame(h2.headers, streamOf(turn), block("Wait"), 5)),
    {
      limit: "maxConcurrentCalls 1000",
    },
  ),
  flood("pings", () => many(http2Bytes(pingFrame(Buffer.alloc(8)))), { limit: "answered" }),
  flood("pings, answers not read", () => many(http2Bytes(pingFrame(Buffer.alloc(8)))), {
    reads: false,
    limit: "nghttp2's 1000 answers in line",
  }),
  flood("settings", () => many(http2Bytes(settingsFrame([4, 65_535]))), { limit: "answered" }),
  flood("settings, answers not read", () => many(http2Bytes(settingsFrame([4, 65_535]))), {
    reads: false,
    limit: "nghttp2's 1000 answers in line",
  }),
  flood(
    "continuations without end",
    (turn) =>
      turn === 0
        ? http2Bytes(http2Frame(h2.headers, 1, block("Echo"), 0))
        : http2Bytes(http2Frame(h2.continuation, 1, hpackBlock([["x", "y".repeat(1_000)]]), 0)),
    { leastClosed: 20, limit: "nghttp2's 64 KiB of headers" },
  ),
  flood(
    "a bomb of headers",
    (turn) => http2Bytes(http2Frame(h2.headers, streamOf(turn), bombBlock, 5)),
    {
      limit: "nghttp2's 64 KiB of headers",
    },
  ),
  flood("window updates", () => many(http2Bytes(http2Frame(h2.windowUpdate, 0, u32(1)))), {
    limit: "added up",
  }),
  flood(
    "empty messages of one stream",
    (turn) =>
      turn === 0
        ? http2Bytes(http2Frame(h2.headers, 1, block("Wait"), 4))
        : many(http2Bytes(http2Frame(h2.data, 1, Buffer.alloc(0)))),
    { limit: "dropped" },
  ),
  flood(
    "messages that unpack to 60 MB",
    (turn) => {
      const stream = streamOf(turn);
      return Buffer.concat([
        http2Bytes(http2Frame(h2.headers, stream, bombed, 4)),
        ...inFrames(stream, message(zeros, 1)),
      ]);
    },
    { connections: 5, limit: "maxMessageBytes 65536, unpacked" },
  ),
  flood(
    "large replies that nobody reads",
    (turn) => {
      const stream = streamOf(turn);
      return Buffer.concat([
        http2Bytes(http2Frame(h2.headers, stream, block("Large"), 4)),
        http2Bytes(http2Frame(h2.data, stream, message(Buffer.from('{"bytes":1000000}')), 1)),
      ]);
    },
    {
      connections: 50,
      reads: false,
      mostRssMib: 1_200,
      limit: "32 MiB of answers of a connection",
    },
  ),
];

/** Bytes of a stream as frames of a size that everybody takes; the last ends it. */
function inFrames(stream: number, bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 16_384) {
    const last = at + 16_384 >= bytes.length;
    frames.push(
      http2Bytes(http2Frame(h2.data, stream, bytes.subarray(at, at + 16_384), last ? 1 : 0)),
    );
  }
  return frames;
}
