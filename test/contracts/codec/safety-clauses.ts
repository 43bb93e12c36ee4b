import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { clause } from "../clause.js";
import { everything, nastyBytes, nothing } from "./samples.js";
import {
  everythingType,
  field,
  header,
  kinds,
  nodeType,
  refusal,
  roundTrip,
  valueOrMalformed,
  type CodecClause,
} from "./support.js";

/** Bodies and values that are wrong, hostile or still in use by others. */
export const safety: readonly CodecClause[] = [
  clause("an empty request body is the zero value", async ({ codec }) => {
    deepStrictEqual(codec.readBody(new Uint8Array(0), "request", everythingType), nothing());
  }),
  clause(
    "bytes that are no message fail with a typed error of the codec and in no other way",
    async ({ codec }) => {
      let refused = 0;
      for (const bytes of nastyBytes)
        for (const kind of kinds) {
          const before = refused;
          valueOrMalformed(() => {
            refused++;
            codec.readBody(bytes, kind, everythingType);
            refused = before;
          });
        }
      ok(refused > kinds.length, "it took nearly everything");
    },
  ),
  clause("a body that is cut short is no other message", async ({ codec }) => {
    const whole = codec.write(header, "request", { aString: "to be continued" }, everythingType);
    const read = (bytes: Uint8Array) => codec.readBody(bytes, "request", everythingType);
    strictEqual(field(read(whole), "aString"), "to be continued");
    refusal(() => read(whole.slice(0, -4)), 400, "codec.malformed");
  }),
  clause("what a type cannot hold is refused by the field's path", async ({ codec }) => {
    const bad: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ anInt32: 1.5 }, "anInt32"],
      [{ anInt32: 2 ** 31 }, "anInt32"],
      [{ aUint32: -1 }, "aUint32"],
      [{ anInt64: 2n ** 63n }, "anInt64"],
      [{ aUint64: -1n }, "aUint64"],
      [{ aString: 5 }, "aString"],
      [{ aBool: "true" }, "aBool"],
      [{ someBytes: [1, 2] }, "someBytes"],
      [{ color: "MAUVE" }, "color"],
      [{ names: "a" }, "names"],
      [{ names: ["a", 1] }, "names[1]"],
      [{ node: { next: { label: 1 } } }, "node.next.label"],
      [{ byName: { x: { label: 1 } } }, 'byName["x"].label'],
    ];
    for (const [value, path] of bad) {
      const write = () => codec.write(header, "request", value, everythingType);
      const { message } = refusal(write, 400, "codec.unwritable");
      ok(message.startsWith(`Everything.${path}: `), message);
    }
    for (const value of [5, "text", []])
      refusal(() => codec.write(header, "request", value, everythingType), 400, "codec.unwritable");
  }),
  clause("a value that holds itself is refused", async ({ codec }) => {
    const value: Record<string, unknown> = { label: "x" };
    value["next"] = value;
    refusal(() => codec.write(header, "request", value, nodeType), 400, "codec.unwritable");
  }),
  clause("the bytes it reads are neither changed nor kept", async ({ codec }) => {
    for (const kind of kinds) {
      const bytes = new Uint8Array(codec.write(header, kind, everything(), everythingType));
      const copy = bytes.slice();
      const value = codec.readBody(bytes, kind, everythingType);
      deepStrictEqual(bytes, copy);
      bytes.fill(0);
      deepStrictEqual(value, everything());
    }
  }),
  clause("the values it writes are neither changed nor kept", async ({ codec }) => {
    const value = everything();
    const written = codec.write(header, "request", value, everythingType);
    deepStrictEqual(value, everything());
    const copy = written.slice();
    (value["someBytes"] as Uint8Array).fill(9);
    (value["names"] as string[]).push("late");
    codec.write(header, "request", { aString: "another" }, everythingType);
    deepStrictEqual(Uint8Array.from(written), Uint8Array.from(copy));
  }),
  clause("messages in between change nothing", async ({ codec }) => {
    const first = codec.write(header, "request", { label: "first" }, nodeType);
    const second = codec.write({ id: "8" }, "response", everything(), everythingType);
    valueOrMalformed(() => codec.readBody(Uint8Array.of(0xff), "request", nodeType));
    deepStrictEqual(codec.readBody(first, "request", nodeType), { label: "first" });
    deepStrictEqual(codec.readBody(second, "response", everythingType), everything());
    deepStrictEqual(codec.readBody(first, "request", nodeType), { label: "first" });
  }),
  clause("keys of maps reach no prototype", async ({ codec }) => {
    const byName: unknown = JSON.parse('{"__proto__":{"label":"p"},"constructor":{"label":"c"}}');
    const value = roundTrip(codec, { byName }, everythingType);
    const map = field(value, "byName") as object;
    deepStrictEqual(Object.keys(map), ["__proto__", "constructor"]);
    strictEqual(Object.getPrototypeOf(map), Object.prototype);
    strictEqual(({} as Record<string, unknown>)["label"], undefined);
  }),
];

/** For codecs that need a type. */
export const needsType: readonly CodecClause[] = [
  clause("without a type nothing is written or read", async ({ codec }) => {
    ok(!codec.schemaless);
    refusal(() => codec.write(header, "request", {}), 415, "codec.no-type");
    const bytes = codec.write(header, "request", { label: "x" }, nodeType);
    refusal(() => codec.readBody(bytes, "request"), 415, "codec.no-type");
  }),
];
