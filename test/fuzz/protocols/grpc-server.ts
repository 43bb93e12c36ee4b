import { gzipSync } from "node:zlib";
import type { Chance } from "../chance.js";
import { mutateBytes } from "../mutate/bytes.js";
import { mutateHttp2 } from "../mutate/http2.js";
import { mutateJson } from "../mutate/json.js";
import { interleave } from "../mutate/lists.js";
import { edgeDecimals, edgeNumbers } from "../mutate/numbers.js";
import { mutateProtobuf } from "../mutate/protobuf.js";
import { nastyText } from "../mutate/texts.js";
import { hpackBlock } from "../wire/hpack.js";
import {
  h2,
  http2Bytes,
  http2Frame,
  http2Preface,
  pingFrame,
  settingsFrame,
  u32,
  type Http2Frame,
} from "../wire/http2-frame.js";
import { nodeBytes, nodeJson } from "./sample-messages.js";
import type { ServerProtocol } from "./server-protocol.js";

/** Windows so wide that replies are never held back. */
const opening = Buffer.concat([
  http2Preface,
  http2Bytes(settingsFrame([4, 0x3fff_ffff])),
  http2Bytes(http2Frame(h2.windowUpdate, 0, u32(0x3fff_ffff))),
]);

type Field = readonly [string | Buffer, string | Buffer];

const fields = (path: string, type: string, more: readonly Field[] = []): Field[] => [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", path],
  [":authority", "127.0.0.1"],
  ["te", "trailers"],
  ["content-type", type],
  ...more,
];

/** Fields that gRPC looks at, with values that it should not see. */
function anyField(chance: Chance): Field {
  const name = chance.of([
    "grpc-timeout",
    "grpc-encoding",
    "grpc-accept-encoding",
    "x-bin",
    "content-type",
    "x-content-type",
    "plugboard-path",
    "plugboard-stream",
    "te",
    "micro-stream",
    "timeout",
    ":path",
    ":method",
    ":status",
    ":protocol",
    "connection",
    "grpc-message-type",
    "plugboard-shape",
    "X-Upper",
    "content-length",
  ]);
  const value = chance.of<() => string | Buffer>([
    () => nastyText(chance),
    () => chance.of(edgeDecimals),
    () =>
      chance.of([
        "1n",
        "99999999H",
        "5S",
        "-1m",
        "gzip",
        "deflate",
        "br",
        "application/grpc",
        "application/grpc+json",
        "application/grpc+nothing",
        "unary",
        "GET",
        "AAA",
        "trailers",
      ]),
  ])();
  return [chance.once(8) ? nastyText(chance) : name, value];
}

/** A message behind its prefix, at times with a lie in it. */
function framed(body: Buffer, chance: Chance): Buffer {
  const compress = chance.once(4);
  let bytes: Buffer = compress ? gzipSync(body, { level: 1 }) : body;
  if (chance.once(8)) bytes = mutateBytes(bytes, chance);
  const flag = chance.once(12) ? chance.below(256) : compress ? 1 : 0;
  const said = chance.once(10) ? chance.of(edgeNumbers) : bytes.length;
  return Buffer.concat([Buffer.of(flag), u32(said), bytes]);
}

/** One call on a stream. */
function callOn(stream: number, chance: Chance): Http2Frame[] {
  const [path, type, body, shape] = chance.of<
    readonly [string, string, () => Buffer, "one" | "many"]
  >([
    ["/fuzz.T/Echo", "application/grpc+json", () => Buffer.from('{"text":"hello"}'), "one"],
    [
      "/fuzz.T/Echo",
      "application/grpc+json",
      () => mutateJson('{"a":[1,{"b":"c"}]}', chance),
      "one",
    ],
    ["/fuzz.T/Typed", "application/grpc", () => mutateProtobuf(nodeBytes, chance), "one"],
    ["/fuzz.T/Typed", "application/grpc+json", () => mutateJson(nodeJson, chance), "one"],
    ["/fuzz.T/Chat", "application/grpc+json", () => Buffer.from('{"one":1}'), "many"],
    ["/fuzz.T/Count", "application/grpc+json", () => Buffer.from('{"to":3}'), "one"],
    ["/fuzz.T/Fail", "application/grpc+json", () => Buffer.from("{}"), "one"],
    ["/grpc.health.v1.Health/Check", "application/grpc", () => Buffer.alloc(0), "one"],
    [
      "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      "application/grpc",
      () => Buffer.of(0x3a, 0),
      "many",
    ],
    ["/fuzz.T/None", "application/grpc", () => Buffer.alloc(0), "one"],
  ]);
  const more: Field[] = chance.once(3) ? [["grpc-encoding", "gzip"]] : [];
  let head = fields(path, type, [...more, ["grpc-timeout", "5S"]]);
  if (chance.once(4)) head = [...head, anyField(chance)];
  if (chance.once(8)) head = head.with(chance.below(head.length), anyField(chance));
  const block = hpackBlock(head);
  const count = shape === "many" ? 1 + chance.below(3) : 1;
  const messages = Array.from({ length: count }, () => framed(body(), chance));
  const frames: Http2Frame[] = [];
  if (chance.once(8)) {
    const at = chance.below(block.length);
    frames.push(http2Frame(h2.headers, stream, block.subarray(0, at), 0));
    frames.push(http2Frame(h2.continuation, stream, block.subarray(at), 4));
  } else frames.push(http2Frame(h2.headers, stream, block, 4));
  for (const [index, message] of messages.entries())
    frames.push(http2Frame(h2.data, stream, message, index === count - 1 ? 1 : 0));
  if (chance.once(10))
    frames.push(http2Frame(h2.headers, stream, hpackBlock([["x-trailer", "1"]]), 5));
  if (chance.once(8))
    frames.push(http2Frame(h2.reset, stream, u32(chance.of([0, 1, 2, 7, 8, 11]))));
  return frames;
}

/** Streams that an input may use; a probe needs none. */
const streamsEach = 16;

/** gRPC: HTTP/2's frames, its compressed headers, gRPC's messages and what is in them. */
export const grpcServerProtocol: ServerProtocol = {
  opening,
  // Type, flags and stream of GOAWAY: Node leaves the connection open after it, and reads no more.
  farewell: Buffer.of(h2.goAway, 0, 0, 0, 0, 0),
  input(chance, index) {
    const stream = 1 + (index % 60_000_000) * streamsEach * 2;
    const one = callOn(stream, chance);
    const calls = chance.once(4) ? interleave(one, callOn(stream + 2, chance), chance) : one;
    const fresh = chance.once(15);
    const whole = fresh ? [settingsFrame([4, 65_535]), ...calls] : calls;
    // What breaks the whole connection is one part of the inputs; the others get deeper.
    const frames = chance.once(2) ? mutateHttp2(whole, stream, chance) : whole;
    const bytes = Buffer.concat(frames.map(http2Bytes));
    if (!fresh) return { bytes: chance.once(20) ? mutateBytes(bytes, chance, 2) : bytes };
    const preface = chance.once(3) ? mutateBytes(http2Preface, chance) : http2Preface;
    return { bytes: Buffer.concat([preface, bytes]), fresh };
  },
  probe(index) {
    const mark = Buffer.alloc(8, 0x7e);
    mark.writeUInt32BE(index >>> 0, 2);
    const bytes = http2Bytes(pingFrame(mark));
    return { bytes, mark: http2Bytes({ ...pingFrame(mark), flags: 1 }) };
  },
};
