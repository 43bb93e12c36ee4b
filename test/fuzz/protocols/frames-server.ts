import {
  begin,
  call,
  cancel,
  credit,
  data,
  end,
  frame,
  hello,
  numberOf,
  route,
} from "../../src/frames/frame-bytes.js";
import type { Chance } from "../chance.js";
import { mutateFrames } from "../mutate/frames.js";
import { mutateJson } from "../mutate/json.js";
import { mutateProtobuf } from "../mutate/protobuf.js";
import { interleave } from "../mutate/lists.js";
import { nodeBytes } from "./sample-messages.js";
import type { ServerProtocol } from "./server-protocol.js";

/** Routes that every connection names at first, so that later exchanges can use them. */
const routes: readonly Buffer[] = [
  route(0, "T.Echo"),
  route(1, "T.Fail"),
  route(2, "T.Wait"),
  route(3, "T.Chat", "bidi-stream"),
  route(4, "T.Count", "server-stream"),
  typedRoute(5),
];
const opening = Buffer.concat([begin, hello("fuzz"), ...routes]);

/** A route in protobuf, which the tests' own `route` cannot say. */
function typedRoute(number: number): Buffer {
  const texts = ["frames", "T.Typed", "application/protobuf", "unary"].map((text) =>
    Buffer.concat([Buffer.of(0, text.length), Buffer.from(text)]),
  );
  return frame(1, 0, Buffer.concat([Buffer.of(0, number), ...texts]));
}

/** A call whose body is bytes. */
const callWith = (number: number, of: number, body: Buffer): Buffer =>
  frame(2, number, Buffer.concat([Buffer.of(of >>> 8, of, 0), body]));

/** Exchanges of calls whose numbers begin at `first`. */
function exchange(at: (place: number) => number, chance: Chance): Buffer[] {
  switch (chance.below(8)) {
    case 0:
      return [
        call(at(0), 0, { timeoutMs: 5_000, metadata: { trace: "abc", tenant: "é" } }),
        call(at(1), 0, { attempt: 2, body: { text: "x".repeat(200) } }),
        call(at(2), 1, { timeoutMs: 1 }),
      ];
    case 1:
      return [
        call(at(0), 2, { timeoutMs: 20 }),
        cancel(at(0)),
        call(at(1), 0),
        frame(10, 0, "ping"),
      ];
    case 2:
      return [
        call(at(0), 3, { body: "" }),
        data(at(0), { one: 1 }),
        credit(at(0), 4_096),
        data(at(0), { two: 2 }),
        end(at(0)),
      ];
    case 3:
      return [
        call(at(0), 4, { body: "" }),
        data(at(0), { to: 3 }),
        credit(at(0), 0xffff_ffff),
        cancel(at(0)),
      ];
    case 4:
      return [callWith(at(0), 5, mutateProtobuf(nodeBytes, chance)), callWith(at(1), 5, nodeBytes)];
    case 5:
      return [callWith(at(0), 0, mutateJson('{"a":[1,2,{"b":"c"}]}', chance)), call(at(1), 0)];
    case 6:
      return [
        hello("again", chance.of([0, 1, 100, 4_194_304])),
        call(at(0), 0),
        frame(11, 0, chance.of(["", "\u0001", "pong"])),
      ];
    default:
      return interleave(
        exchange((place) => at(place), chance),
        exchange((place) => at(place + 3), chance),
        chance,
      );
  }
}

/** Plugboard's own frames. */
export const framesServer: ServerProtocol = {
  opening,
  input(chance, index) {
    // Another use of the same few places for each input, so that calls of former ones may meet them.
    const at = (place: number): number => numberOf(place, 1 + (index % 65_000));
    const frames = exchange(at, chance);
    const numbers = [
      0,
      at(0),
      at(1),
      at(3),
      numberOf(0, index % 65_000),
      0xffff_ffff,
      1_000,
      2_000,
    ];
    const fresh = chance.once(12);
    const whole = fresh ? [begin, hello("fuzz"), ...routes, ...frames] : frames;
    const others = [...exchange(at, chance), ...routes];
    return { bytes: Buffer.concat(mutateFrames(whole, others, numbers, chance)), fresh };
  },
  probe(index) {
    const mark = Buffer.alloc(8, 0x7e);
    mark.writeUInt32BE(index >>> 0, 2);
    return { bytes: frame(10, 0, mark), mark: frame(11, 0, mark) };
  },
};
