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
import { flooded, type Flood } from "./flood.js";
import type { Scenario } from "./scenario.js";

const opening = Buffer.concat([
  begin,
  hello("flood"),
  route(0, "T.Wait"),
  route(1, "T.Chat", "bidi-stream"),
  route(2, "T.Large"),
  route(3, "T.Echo"),
]);

/** A place for each of many calls, which may all be open at once. */
const another = (turn: number): number => numberOf(turn % 60_000, 1 + Math.floor(turn / 60_000));

/** Use `turn` of a place. */
const next = (turn: number): number => numberOf(0, 1 + (turn % 65_000));

const flood = (title: string, pours: Flood["pours"], more: Partial<Flood> = {}): Scenario =>
  flooded({
    title: `frames: ${title}`,
    target: "frames",
    connections: 20,
    opening: () => opening,
    ...(pours && { pours }),
    reads: true,
    refuses: true,
    forMs: 2_000,
    mostRssMib: 400,
    limit: "",
    ...more,
  });

const many = (bytes: Buffer): Buffer => Buffer.concat(Array.from({ length: 200 }, () => bytes));
const unknown = many(frame(99, 0));
const pings = many(frame(10, 0, "12345678"));

/** More of every frame than anybody needs. */
export const frameFloods: readonly Scenario[] = [
  flood("unknown kinds, empty", () => unknown, { limit: "skipped" }),
  flood("pings, answers read", () => pings, { limit: "answered" }),
  flood("pings, answers not read", () => pings, {
    reads: false,
    mostRssMib: 700,
    limit: "paused over 64 MiB unread of a connection",
  }),
  flood(
    "calls given up at once",
    (turn) =>
      Buffer.concat(
        Array.from({ length: 100 }, (_, index) => {
          const number = next(turn * 100 + index);
          return Buffer.concat([call(number, 0), cancel(number)]);
        }),
      ),
    { limit: "served one after the other" },
  ),
  flood("calls that wait", (turn) => call(numberOf(turn % 65_536, 1), 0), {
    limit: "maxConcurrentCalls 1000, 65536 calls of a connection",
  }),
  flood(
    "streams opened, messages unread",
    (turn) => {
      const number = another(turn);
      return Buffer.concat([call(number, 1, { body: "" }), data(number, { x: "y".repeat(500) })]);
    },
    { limit: "maxConcurrentCalls 1000" },
  ),
  flood(
    "empty messages of one stream",
    (turn) => (turn === 0 ? call(numberOf(0), 1, { body: "" }) : many(frame(5, numberOf(0), "0"))),
    { reads: false, leastClosed: 20, limit: "256 KiB under way, a message costs 64 B more" },
  ),
  flood(
    "credits",
    (turn) =>
      turn === 0 ? call(numberOf(0), 1, { body: "" }) : many(credit(numberOf(0), 0xffff_ffff)),
    {
      limit: "added up",
    },
  ),
  flood(
    "ends of one stream",
    (turn) => (turn === 0 ? call(numberOf(0), 1, { body: "" }) : many(end(numberOf(0)))),
    {
      limit: "a stream ends once",
    },
  ),
  flood("routes without end", (turn) => route(turn + 4, `T.Route${turn}`), {
    connections: 5,
    leastClosed: 5,
    limit: "4096 routes of a connection",
  }),
  flood("a frame over the limit, skipped", (turn) => frame(2, next(turn), Buffer.alloc(100_000)), {
    limit: "maxMessageBytes 65536",
  }),
  flood(
    "large replies that nobody reads",
    (turn) => call(another(turn), 2, { body: { bytes: 1_000_000 } }),
    {
      connections: 50,
      reads: false,
      mostRssMib: 1_200,
      limit: "32 MiB of answers of a connection",
    },
  ),
];
