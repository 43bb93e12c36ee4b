import { credit, data, end, frame, framesOf, hello, reply } from "../../src/frames/frame-bytes.js";
import type { Chance } from "../chance.js";
import { mutateFrames } from "../mutate/frames.js";
import { mutateJson } from "../mutate/json.js";
import { mutateProtobuf } from "../mutate/protobuf.js";
import type { ClientProtocol } from "./client-protocol.js";
import { nodeBytes } from "./sample-messages.js";

const preface = 4;
const error = '{"id":"s","code":409,"detail":"no","status":"Conflict","data":{"a":1},"type":"x"}';
/** One entry of metadata, as HEADERS and TRAILERS have it. */
const metadata = Buffer.from([0, 1, 1, 120, 0, 1, 49]);

function exchange(call: number, chance: Chance): Buffer[] {
  switch (chance.below(8)) {
    case 0:
      return [reply(call, { fine: true }), frame(10, 0, "ping")];
    case 1:
      return [frame(4, call, chance.once(2) ? error : mutateJson(error, chance))];
    case 2:
      return [data(call, { n: 1 }), data(call, { n: 2 }), end(call)];
    case 3:
      return [frame(12, call, metadata), reply(call, {}), frame(13, call, metadata)];
    case 4:
      return [frame(3, call, mutateJson('{"a":[1,{"b":"c"}]}', chance))];
    case 5:
      return [frame(3, call, mutateProtobuf(nodeBytes, chance))];
    case 6:
      return [frame(9, 0), frame(10, 0, "\u0001"), reply(call, {})];
    default:
      return [credit(call, 0xffff_ffff), hello("", chance.of([0, 10, 4_194_304])), reply(call, {})];
  }
}

/** The client of frames, by a hostile server. */
export const framesClient: ClientProtocol = {
  opening: hello("", 4_194_304),
  requests: (asked) => {
    const from = asked.length >= preface && asked[0] === 0 && asked[1] === 0x50 ? preface : 0;
    const calls = framesOf(asked.subarray(from)).filter(({ kind }) => kind === 2);
    return calls.map(({ call }) => ({ number: call }));
  },
  answer(chance, { number }) {
    const numbers = [0, number, number + 1, number - 1, number + 65_536, 0xffff_ffff];
    const frames = exchange(number, chance);
    if (chance.once(8)) return Buffer.concat(frames);
    return Buffer.concat(mutateFrames(frames, exchange(number, chance), numbers, chance));
  },
};
