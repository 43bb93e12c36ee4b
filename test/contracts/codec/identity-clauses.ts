import { ok, strictEqual } from "node:assert/strict";
import { clause } from "../clause.js";
import { type CodecClause } from "./support.js";

/** For every codec. */
export const always: readonly CodecClause[] = [
  clause("it says truly what it is", async ({ codec, supports }) => {
    ok(codec.name.length > 0);
    ok(codec.contentTypes.length > 0);
    for (const type of codec.contentTypes) strictEqual(type, type.trim().toLowerCase());
    strictEqual(new Set(codec.contentTypes).size, codec.contentTypes.length);
    strictEqual(codec.enveloped, supports.envelope);
    if (supports.schemaless) ok(codec.schemaless);
  }),
  clause("it can be closed twice", async ({ codec }) => {
    await codec.close();
    await codec.close();
  }),
];
