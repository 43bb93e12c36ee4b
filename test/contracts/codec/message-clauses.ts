import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { MessageType } from "../../../src/codec/message-type.js";
import { clause } from "../clause.js";
import { everything, nothing, sampleTypes } from "./samples.js";
import {
  everythingType,
  field,
  header,
  kinds,
  nodeType,
  refusal,
  roundTrip,
  type CodecClause,
} from "./support.js";

/** Messages come back as they went. */
export const messages: readonly CodecClause[] = [
  clause("a message with every kind of field comes back, whatever it is for", async ({ codec }) => {
    for (const kind of kinds) {
      const value = roundTrip(codec, everything(), everythingType, kind);
      deepStrictEqual(value, everything());
    }
  }),
  clause("64-bit integers keep every bit", async ({ codec }) => {
    const type = everythingType;
    for (const anInt64 of [0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)])
      strictEqual(field(roundTrip(codec, { anInt64 }, type), "anInt64"), anInt64);
    for (const aUint64 of [0n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n])
      strictEqual(field(roundTrip(codec, { aUint64 }, type), "aUint64"), aUint64);
  }),
  clause("64-bit integers may be given as numbers and decimal text", async ({ codec }) => {
    const value = roundTrip(
      codec,
      { anInt64: -5, aUint64: "18446744073709551615" },
      everythingType,
    );
    strictEqual(field(value, "anInt64"), -5n);
    strictEqual(field(value, "aUint64"), 18_446_744_073_709_551_615n);
  }),
  clause(
    "numbers that are no number, or endless, or below zero by sign alone, come back",
    async ({ codec }) => {
      for (const aDouble of [Number.NaN, Infinity, -Infinity, -0, 5e-324])
        deepStrictEqual(field(roundTrip(codec, { aDouble }, everythingType), "aDouble"), aDouble);
    },
  ),
  clause("text in any script comes back", async ({ codec }) => {
    for (const label of [
      "Zoë",
      "日本語",
      "🧩🔌",
      "e\u0301",
      "\u0000\u007f\u2028",
      '"\\/<&>',
      "\uFFFD",
    ])
      deepStrictEqual(roundTrip(codec, { label }, nodeType), { label });
  }),
  clause(
    "an empty message comes back with its zero values, its own each time",
    async ({ codec }) => {
      const first = roundTrip(codec, {}, everythingType) as Record<string, unknown>;
      deepStrictEqual(first, nothing());
      (first["names"] as unknown[]).push("mine");
      (first["byName"] as Record<string, unknown>)["mine"] = {};
      deepStrictEqual(roundTrip(codec, {}, everythingType), nothing());
    },
  ),
  clause("no value at all is written as the empty message", async ({ codec }) => {
    for (const kind of kinds)
      deepStrictEqual(roundTrip(codec, undefined, everythingType, kind), nothing());
  }),
  clause("a message of 1 MiB comes back", async ({ codec }) => {
    const label = "0123456789abcdef".repeat(65_536);
    deepStrictEqual(roundTrip(codec, { label }, nodeType), { label });
    const bytes = new Uint8Array(1_048_576).map((_, index) => index);
    deepStrictEqual(roundTrip(codec, { bytes }, sampleTypes["sample.Blob"]), { bytes });
  }),
  clause("messages of a type that leads back to itself come back", async ({ codec }) => {
    let value: Record<string, unknown> = { label: "last" };
    for (let depth = 0; depth < 50; depth++) value = { label: String(depth), next: value };
    deepStrictEqual(roundTrip(codec, value, nodeType), value);
  }),
  clause("an absent optional field is not a zero", async ({ codec }) => {
    const type = sampleTypes["sample.Optional"];
    const zero = { count: 0, total: 0n, note: "" };
    deepStrictEqual(roundTrip(codec, zero, type), zero);
    const absent = roundTrip(codec, {}, type);
    for (const name of Object.keys(zero)) strictEqual(field(absent, name), undefined);
  }),
  clause("of a oneof the member that was set comes back alone", async ({ codec }) => {
    const type = sampleTypes["sample.Choice"];
    const text = roundTrip(codec, { text: "" }, type);
    deepStrictEqual([field(text, "text"), field(text, "number")], ["", undefined]);
    const number = roundTrip(codec, { number: 3 }, type);
    deepStrictEqual([field(number, "text"), field(number, "number")], [undefined, 3]);
  }),
  clause("two members of one oneof are refused", async ({ codec }) => {
    const both = () =>
      codec.write(header, "request", { text: "a", number: 1 }, sampleTypes["sample.Choice"]);
    refusal(both, 400, "codec.unwritable");
  }),
  clause("a type's class is what values are made of", async ({ codec }) => {
    class Node {
      label = "default";
      describe = (): string => `<${this.label}>`;
    }
    const type: MessageType = { ...nodeType, construct: Node };
    const node = roundTrip(codec, { label: "x" }, type);
    ok(node instanceof Node);
    strictEqual(node.describe(), "<x>");
    const empty = roundTrip(codec, {}, type);
    strictEqual(field(empty, "label"), "");
  }),
  clause("fields of a newer peer are ignored", async ({ codec }) => {
    const value = { label: "same", weight: 5n, tags: ["a"] };
    const bytes = codec.write(header, "request", value, sampleTypes["sample.New"]);
    deepStrictEqual(codec.readBody(bytes, "request", sampleTypes["sample.New"]), value);
    deepStrictEqual(codec.readBody(bytes, "request", sampleTypes["sample.Old"]), { label: "same" });
  }),
];
