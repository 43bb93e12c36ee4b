import { expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { BufferPool } from "../../../src/frames/buffer-pool.js";
import { FrameReader } from "../../../src/frames/frame-reader.js";
import { frame } from "./frame-bytes.js";

const most = 400_000;

type Seen = readonly [what: "frame" | "oversize", kind: number, call: number, payload: unknown];

/** A reader, and what it tells of. */
function setUp(maxPayload = most) {
  const seen: Seen[] = [];
  const reader = new FrameReader(
    maxPayload,
    new BufferPool(),
    (kind, call, bytes, start, end) =>
      void seen.push(["frame", kind, call, bytes.toString("latin1", start, end)]),
    (kind, call, bytes) => void seen.push(["oversize", kind, call, bytes]),
  );
  return { reader, seen };
}

const byte = fc.nat({ max: 255 });
const number = fc.nat({ max: 0xffff_ffff });
const length = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 40 }) },
  { weight: 2, arbitrary: fc.constantFrom(65_535, 262_134, 262_136, 262_144, most - 1, most) },
  { weight: 2, arbitrary: fc.integer({ min: most + 1, max: most + 20 }) },
);
const cut = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 2, arbitrary: fc.integer({ min: 31, max: 300_000 }) },
);

test("any frames in any pieces: the same frames, those over the limit told and skipped", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(byte, number, length, byte), { maxLength: 8 }),
      fc.array(cut, { minLength: 1, maxLength: 40 }),
      (frames, cuts) => {
        const { reader, seen } = setUp();
        const bytes = Buffer.concat(
          frames.map(([kind, call, size, fill]) => frame(kind, call, Buffer.alloc(size, fill))),
        );
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          // Ends with the last cut, so that large ones are not read byte by byte for ever.
          const size = cuts[turn] ?? Math.max(200_000, cuts.at(-1) ?? 1);
          reader.push(new Uint8Array(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(seen).toEqual(
          frames.map(([kind, call, size, fill]) =>
            size > most
              ? ["oversize", kind, call, size]
              : ["frame", kind, call, Buffer.alloc(size, fill).toString("latin1")],
          ),
        );
        expect(reader.waiting).toBe(false);
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

test("byte by byte", () => {
  const { reader, seen } = setUp(10);
  const bytes = [frame(5, 7, "ten bytes!"), frame(2, 8, "eleven byte"), frame(9, 0)];
  for (const each of Buffer.concat(bytes)) reader.push(Uint8Array.of(each));
  expect(seen).toEqual([
    ["frame", 5, 7, "ten bytes!"],
    ["oversize", 2, 8, 11],
    ["frame", 9, 0, ""],
  ]);
});

test.each([0x4000_0000, 0xffff_ffff])(
  "a length of %d is malformed, whole or in pieces",
  (length) => {
    const error = expect.objectContaining({ code: 400, reason: "frames.malformed" });
    const bytes = frame(2, 1, "", length);
    for (const size of [1, 4, 9]) {
      const { reader } = setUp();
      expect(() => {
        for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      }).toThrow(error);
    }
  },
);

test("the largest length that is skipped is one below what is absurd", () => {
  const { reader, seen } = setUp();
  reader.push(frame(2, 1, "", 0x3fff_ffff));
  expect(seen).toEqual([["oversize", 2, 1, 0x3fff_ffff]]);
  expect(reader.waiting).toBe(true);
});

test("a frame that is announced and does not come takes 256 KiB at most", () => {
  const allocate = jest.spyOn(Buffer, "allocUnsafeSlow");
  try {
    for (const size of [1, 9, 100]) {
      const { reader, seen } = setUp(4_194_304);
      const bytes = Buffer.concat([frame(2, 1, "", 4_194_304), Buffer.alloc(1_000)]);
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      expect(seen).toEqual([]);
      expect(reader.waiting).toBe(true);
    }
    const sizes = allocate.mock.calls.map(([bytes]) => bytes);
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(262_144);
  } finally {
    allocate.mockRestore();
  }
});

test("nothing is told of after a stop, even within a push", () => {
  let told = 0;
  const reader: FrameReader = new FrameReader(
    most,
    new BufferPool(),
    () => {
      told++;
      reader.stop();
    },
    () => undefined,
  );
  reader.push(Buffer.concat([frame(5, 1), frame(5, 1), frame(5, 1).subarray(0, 5)]));
  expect([told, reader.waiting]).toEqual([1, false]);
});
