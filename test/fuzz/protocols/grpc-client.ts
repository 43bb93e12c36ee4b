import type { Chance } from "../chance.js";
import { mutateBytes } from "../mutate/bytes.js";
import { mutateHttp2 } from "../mutate/http2.js";
import { mutateJson } from "../mutate/json.js";
import { edgeNumbers } from "../mutate/numbers.js";
import { mutateProtobuf } from "../mutate/protobuf.js";
import { nastyText } from "../mutate/texts.js";
import { hpackBlock } from "../wire/hpack.js";
import {
  h2,
  http2Bytes,
  http2Frame,
  http2Frames,
  http2Preface,
  settingsFrame,
  u32,
  type Http2Frame,
} from "../wire/http2-frame.js";
import type { ClientProtocol } from "./client-protocol.js";
import { nodeBytes } from "./sample-messages.js";

function framed(body: Buffer, chance: Chance): Buffer {
  const flag = chance.once(8) ? chance.below(256) : 0;
  const said = chance.once(8) ? chance.of(edgeNumbers) : body.length;
  return Buffer.concat([Buffer.of(flag), u32(said), body]);
}

type Field = readonly [string | Buffer, string | Buffer];

const heads: readonly (readonly Field[])[] = [
  [
    [":status", "200"],
    ["content-type", "application/grpc+json"],
  ],
  [
    [":status", "200"],
    ["content-type", "application/grpc"],
    ["grpc-encoding", "gzip"],
  ],
  [
    [":status", "503"],
    ["content-type", "text/html"],
  ],
  [[":status", "100"]],
];
const tails: readonly (readonly Field[])[] = [
  [["grpc-status", "0"]],
  [
    ["grpc-status", "5"],
    ["grpc-message", "not%20here%zz"],
  ],
  [
    ["grpc-status", "99999999999"],
    ["grpc-message", "%"],
  ],
  [
    ["grpc-status", "3"],
    ["grpc-status-details-bin", "CAMSA2Fib_________"],
  ],
  [
    ["grpc-status", "0"],
    ["micro-error", '{"code":200}'],
    ["x-bin", "!!"],
  ],
  [],
];

function answers(stream: number, chance: Chance): Http2Frame[] {
  const more: Field[] = chance.once(6)
    ? [[chance.once(2) ? nastyText(chance) : "x", nastyText(chance)]]
    : [];
  const tail = http2Frame(h2.headers, stream, hpackBlock([...chance.of(tails), ...more]), 5);
  if (chance.once(8))
    return [{ ...tail, payload: hpackBlock([...heads[0]!, ...chance.of(tails)]) }];
  const body = chance.of<() => Buffer>([
    () => Buffer.from("{}"),
    () => mutateJson('{"a":[1,{"b":"c"}]}', chance),
    () => mutateProtobuf(nodeBytes, chance),
  ]);
  const head = http2Frame(h2.headers, stream, hpackBlock([...chance.of(heads), ...more]), 4);
  const messages = Array.from({ length: chance.of([1, 1, 2, 0]) }, () =>
    http2Frame(h2.data, stream, framed(body(), chance)),
  );
  return [head, ...messages, tail];
}

/** The client of gRPC, by a hostile server. */
export const grpcClientProtocol: ClientProtocol = {
  opening: Buffer.concat([
    http2Bytes(settingsFrame([4, 65_535])),
    http2Bytes(http2Frame(h2.settings, 0, Buffer.alloc(0), 1)),
  ]),
  requests: (asked) => {
    const from = asked.subarray(0, 4).equals(http2Preface.subarray(0, 4)) ? http2Preface.length : 0;
    const heads = http2Frames(asked.subarray(from)).filter(({ type }) => type === h2.headers);
    return heads.map(({ stream }) => ({ number: stream }));
  },
  answer(chance, { number }) {
    const frames = answers(number, chance);
    const changed = chance.once(2) ? mutateHttp2(frames, number, chance) : frames;
    const bytes = Buffer.concat(changed.map(http2Bytes));
    return chance.once(20) ? mutateBytes(bytes, chance, 2) : bytes;
  },
};
