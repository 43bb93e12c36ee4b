import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BadRequest } from "../../../src/spi.js";
import type { DnsData } from "./dns-data.js";
import { decodeMessage, encodeMessage, type DnsMessage } from "./dns-message.js";

const uint16 = fc.integer({ min: 0, max: 0xffff });

/** Names as the decoder writes them: dots and backslashes inside labels escaped. */
const name = fc
  .array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 4,
  })
  .filter((labels) => labels.every((label) => label === Buffer.from(label).toString()))
  .filter((labels) => labels.every((label) => Buffer.byteLength(label) <= 60))
  .map((labels) => labels.map((label) => `${label.replace(/[\\.]/g, "\\$&")}.`).join(""));

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Uint8Array.from(array));

const data: fc.Arbitrary<DnsData> = fc.oneof(
  fc.record({ kind: fc.constant("address" as const), bytes: fc.oneof(bytes(4), bytes(16)) }),
  fc.record({ kind: fc.constant("ptr" as const), target: name }),
  fc.record({
    kind: fc.constant("srv" as const),
    priority: uint16,
    weight: uint16,
    port: uint16,
    target: name,
  }),
  fc.record({
    kind: fc.constant("txt" as const),
    texts: fc.array(fc.string({ maxLength: 255 }), { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant("other" as const), type: fc.constant(41), bytes: bytes(7) }),
);

const records = fc.array(
  fc.record({ name, class: uint16, ttl: fc.integer({ min: 0, max: 0xffff_ffff }), data }),
  { maxLength: 4 },
);

const message: fc.Arbitrary<DnsMessage> = fc.record({
  id: uint16,
  flags: uint16,
  questions: fc.array(fc.record({ name, type: uint16, class: uint16 }), { maxLength: 3 }),
  answers: records,
  authorities: records,
  additionals: records,
});

/** True for a message, false for the one error allowed; throws on any other. */
function decodes(input: Uint8Array): boolean {
  try {
    decodeMessage(input);
    return true;
  } catch (error) {
    if (error instanceof BadRequest && error.reason === "registry.dns-malformed") return false;
    throw error;
  }
}

describe("any message", () => {
  test("is the same after a round trip", () => {
    fc.assert(
      fc.property(message, (made) => expect(decodeMessage(encodeMessage(made))).toEqual(made)),
    );
  });
});

describe("any bytes", () => {
  test("are a message or the one error", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (input) => void decodes(input)));
  });

  test("so are messages with a few bytes changed or cut", () => {
    const change = fc.tuple(fc.nat(2_000), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        message,
        fc.array(change, { maxLength: 6 }),
        fc.nat(100),
        (made, changes, cut) => {
          const input = encodeMessage(made);
          for (const [at, value] of changes) input[at % input.length] = value;
          decodes(input.subarray(0, Math.max(0, input.length - cut)));
        },
      ),
    );
  });

  test("so is a view into a larger buffer", () => {
    const input = encodeMessage({ ...empty, questions: [{ name: "a.", type: 1, class: 1 }] });
    const larger = new Uint8Array(input.length + 20).fill(0xff);
    larger.set(input, 10);
    expect(decodeMessage(larger.subarray(10, 10 + input.length)).questions[0]?.name).toBe("a.");
  });
});

const empty: DnsMessage = {
  id: 0,
  flags: 0,
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
};
const header = (...counts: number[]): number[] => [0, 0, 0, 0, ...counts.flatMap((n) => [0, n])];

describe("compression", () => {
  test("is followed, also twice and inside of records", () => {
    const input = Uint8Array.from([
      ...header(1, 1, 0, 0),
      ...[1, 0x61, 5, ...Buffer.from("micro"), 0, 0, 12, 0, 1],
      ...[1, 0x62, 0xc0, 14, 0, 12, 0, 1, 0, 0, 0, 120, 0, 4, 1, 0x63, 0xc0, 25],
    ]);
    const { questions, answers } = decodeMessage(input);
    expect(questions[0]?.name).toBe("a.micro.");
    expect(answers[0]).toMatchObject({
      name: "b.micro.",
      data: { kind: "ptr", target: "c.b.micro." },
    });
  });

  test.each([
    ["to itself", [0xc0, 12]],
    ["forwards", [0xc0, 14, 1, 0x61, 0]],
    ["past the end", [0xc0]],
    ["through a label back to itself", [1, 0x61, 0xc0, 12]],
  ])("%s is refused", (_, bytes) => {
    expect(decodes(Uint8Array.from([...header(1, 0, 0, 0), ...bytes, 0, 1, 0, 1]))).toBe(false);
  });

  test("cannot make a name longer than 255 bytes", () => {
    const label = [63, ...Buffer.alloc(63, 0x61)];
    const question = [...label, ...label, ...label, ...label, 0, 0, 1, 0, 1];
    expect(decodes(Uint8Array.from([...header(1, 0, 0, 0), ...question]))).toBe(false);
  });
});

describe("what DNS has no room for", () => {
  test.each([
    ["a label of 64 bytes", `${"x".repeat(64)}.micro.`],
    ["a label of 64 bytes in UTF-8", `${"é".repeat(32)}.micro.`],
    ["an empty label", "a..micro."],
    ["a name of 256 bytes", `${"abcdefg.".repeat(32)}micro.`],
    ["no name at all", ""],
  ])("%s is refused", (_, long) => {
    const questions = [{ name: long, type: 12, class: 1 }];
    expect(() => encodeMessage({ ...empty, questions })).toThrow(BadRequest);
  });

  test("a TXT text of 256 bytes is refused", () => {
    const answers = [
      { name: "a.", class: 1, ttl: 0, data: { kind: "txt" as const, texts: ["x".repeat(256)] } },
    ];
    expect(() => encodeMessage({ ...empty, answers })).toThrow("255 is the limit");
  });
});
