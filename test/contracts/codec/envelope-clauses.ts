import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { clause } from "../clause.js";
import { nastyBytes } from "./samples.js";
import { field, header, kinds, nodeType, valueOrMalformed, type CodecClause } from "./support.js";

/** For codecs with an envelope. */
export const envelope: readonly CodecClause[] = [
  clause("the envelope carries id and endpoint of a request", async ({ codec, supports }) => {
    const type = supports.messages ? nodeType : undefined;
    for (const sent of [header, { id: "18446744073709551615", endpoint: "Größe.Ändern" }]) {
      const bytes = codec.write(sent, "request", { label: "x" }, type);
      deepStrictEqual({ ...codec.readHeader(bytes, "request") }, sent);
      deepStrictEqual(codec.readBody(bytes, "request", type), { label: "x" });
    }
  }),
  clause(
    "the envelope carries id and error of a response, and then no value",
    async ({ codec, supports }) => {
      const type = supports.messages ? nodeType : undefined;
      const good = codec.write({ id: "7" }, "response", { label: "x" }, type);
      strictEqual(codec.readHeader(good, "response").error, undefined);
      strictEqual(codec.readHeader(good, "response").id, "7");
      const bad = codec.write({ id: "7", error: "né: bad" }, "response", { label: "x" }, type);
      strictEqual(codec.readHeader(bad, "response").error, "né: bad");
      notStrictEqual(field(codec.readBody(bad, "response", type) ?? {}, "label"), "x");
    },
  ),
  clause(
    "bytes that are no envelope fail with a typed error of the codec and in no other way",
    async ({ codec }) => {
      let refused = 0;
      for (const bytes of nastyBytes)
        for (const kind of kinds) {
          const before = refused;
          valueOrMalformed(() => {
            refused++;
            codec.readHeader(bytes, kind);
            refused = before;
          });
        }
      ok(refused > 0, "it took everything");
    },
  ),
];

/** For codecs without one. */
export const noEnvelope: readonly CodecClause[] = [
  clause("without an envelope no header is read", async ({ codec }) => {
    for (const kind of kinds)
      for (const bytes of [new Uint8Array(0), ...nastyBytes])
        deepStrictEqual({ ...codec.readHeader(bytes, kind) }, {});
  }),
];
