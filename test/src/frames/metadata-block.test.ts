import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { newMetadata, type Metadata } from "../../../src/base/metadata.js";
import { metadataRoom, MetadataReader, writeMetadata } from "../../../src/frames/metadata-block.js";

const write = (metadata: Metadata, known?: { name: string; value: string }): Buffer => {
  const bytes = Buffer.alloc(metadataRoom(metadata) + 3, 0xee);
  const end = writeMetadata(metadata, bytes, 3, known);
  expect(end).toBeLessThanOrEqual(bytes.length);
  return bytes.subarray(3, end);
};

/** Reads a block that stands in the middle of other bytes. */
function read(reader: MetadataReader, block: Buffer): Record<string, string> {
  const into = newMetadata();
  const around = Buffer.concat([Buffer.alloc(7, 0xff), block, Buffer.alloc(5, 0xff)]);
  reader.read(around, 7, 7 + block.length, into);
  return { ...into };
}

const all = (): MetadataReader => new MetadataReader(() => true);

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", "é".repeat(20), "x".repeat(24), "x".repeat(25), "long ".repeat(40)),
);
const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("a", "b", "trace", "tenant", "__proto__", "constructor"),
  },
  { weight: 1, arbitrary: text.filter((each) => Buffer.byteLength(each) <= 255) },
);
const metadata = fc.array(fc.tuple(name, text), { maxLength: 24 }).map((entries): Metadata => {
  const made = newMetadata();
  for (const [key, value] of entries) made[key] = value;
  return made;
});

test("what was written is read, whatever one reader has read before", () => {
  fc.assert(
    fc.property(fc.array(metadata, { maxLength: 6 }), (blocks) => {
      const reader = all();
      for (const block of blocks) expect(read(reader, write(block))).toEqual({ ...block });
      for (const block of blocks) expect(read(reader, write(block))).toEqual({ ...block });
    }),
    { numRuns: 400, seed: 2 },
  );
});

test("names that do not pass are left out, from a memory that other values fill", () => {
  const reader = new MetadataReader((each) => !each.startsWith("micro-"));
  expect(read(reader, write({ "micro-id": "1", trace: "a" }))).toEqual({ trace: "a" });
  expect(read(reader, write({ trace: "b", "micro-id": "2" }))).toEqual({ trace: "b" });
  expect(read(reader, write({ "micro-id": "b", trace: "2" }))).toEqual({ trace: "2" });
  expect(read(reader, write({ trace: "", other: "" }))).toEqual({ trace: "", other: "" });
});

test("a value that is known is left out, another of that name is not", () => {
  const known = { name: "from", value: "me" };
  expect(read(all(), write({ from: "me", to: "you" }, known))).toEqual({ to: "you" });
  expect(read(all(), write({ from: "us", to: "you" }, known))).toEqual({ from: "us", to: "you" });
});

test("sixteen entries and many more", () => {
  for (const count of [0, 1, 15, 16, 17, 300]) {
    const reader = all();
    for (const round of ["a", "b", "b"]) {
      const many = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`n${index}`, `${round}${index}`]),
      );
      expect(read(reader, write(many))).toEqual(many);
    }
  }
});

test("the longest names and values pass, longer ones are refused", () => {
  const longest = { ["n".repeat(255)]: "v".repeat(65_535) };
  expect(read(all(), write(longest))).toEqual(longest);
  const refused = expect.objectContaining({ code: 400, reason: "frames.malformed" });
  expect(() => write({ ["n".repeat(256)]: "" })).toThrow(refused);
  expect(() => write({ ["é".repeat(128)]: "" })).toThrow(refused);
  expect(() => write({ n: "v".repeat(65_536) })).toThrow(refused);
});

test("blocks that are cut or changed never break a reader, nor what it reads next", () => {
  const change = fc.record({ at: fc.nat({ max: 400 }), to: fc.nat({ max: 255 }) });
  const reader = all();
  fc.assert(
    fc.property(
      metadata,
      fc.array(change, { maxLength: 4 }),
      fc.option(fc.nat({ max: 400 })),
      (honest, changes, cutAt) => {
        const block = write(honest);
        const bad = Buffer.from(cutAt === null ? block : block.subarray(0, cutAt));
        for (const { at, to } of changes) if (at < bad.length) bad[at] = to;
        try {
          read(reader, bad);
        } catch (error) {
          expect(error).toMatchObject({ code: 400, reason: "frames.malformed" });
        }
        expect(read(reader, block)).toEqual({ ...honest });
      },
    ),
    { numRuns: 2_000, seed: 3 },
  );
});

test("every block that is cut off is malformed", () => {
  const block = write({ trace: "abc", tenant: "é" });
  for (let length = 0; length < block.length; length++)
    expect(() => read(all(), block.subarray(0, length))).toThrow(
      expect.objectContaining({ reason: "frames.malformed" }),
    );
  expect(() => read(all(), Buffer.concat([block, Buffer.of(0)]))).toThrow(/longer than it says/);
});
