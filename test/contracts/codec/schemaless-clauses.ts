import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { clause } from "../clause.js";
import { nastyBytes } from "./samples.js";
import {
  header,
  kinds,
  refusal,
  roundTrip,
  valueOrMalformed,
  type CodecClause,
} from "./support.js";

/** For codecs that write values of no declared type. */
export const schemaless: readonly CodecClause[] = [
  clause("plain values come back without a type, whatever they are for", async ({ codec }) => {
    const values = [
      null,
      true,
      0,
      -1.5,
      "",
      "Zoë 🧩",
      [],
      [1, [2, {}]],
      { a: { b: [null] }, "": 0 },
    ];
    for (const kind of kinds)
      for (const value of values) deepStrictEqual(roundTrip(codec, value, undefined, kind), value);
  }),
  clause("without a type an empty request body is an empty object", async ({ codec }) => {
    deepStrictEqual(codec.readBody(new Uint8Array(0), "request"), {});
  }),
  clause("no value at all has a body", async ({ codec }) => {
    for (const kind of kinds) ok(codec.write(header, kind, undefined).byteLength > 0);
    deepStrictEqual(roundTrip(codec, undefined), {});
  }),
  clause("a value without a type that holds itself is refused", async ({ codec }) => {
    const value: Record<string, unknown> = {};
    value["self"] = value;
    refusal(() => codec.write(header, "request", value), 400, "codec.unwritable");
  }),
  clause("no name in a value without a type reaches a prototype", async ({ codec }) => {
    const value: unknown = JSON.parse('{"a":1,"__proto__":{"polluted":true}}');
    valueOrMalformed(() => {
      const read = roundTrip(codec, value) as object;
      strictEqual(Object.getPrototypeOf(read), Object.prototype);
      strictEqual((read as Record<string, unknown>)["polluted"], undefined);
    });
    strictEqual(({} as Record<string, unknown>)["polluted"], undefined);
  }),
  clause(
    "bytes that are no value fail with a typed error of the codec and in no other way",
    async ({ codec }) => {
      for (const bytes of nastyBytes)
        for (const kind of kinds) valueOrMalformed(() => codec.readBody(bytes, kind));
    },
  ),
];
