import { contract, type Contract } from "./clause.js";
import { envelope, noEnvelope } from "./codec/envelope-clauses.js";
import { always } from "./codec/identity-clauses.js";
import { messages } from "./codec/message-clauses.js";
import { needsType, safety } from "./codec/safety-clauses.js";
import { schemaless } from "./codec/schemaless-clauses.js";
import type { CodecHarness, CodecSupports } from "./codec/support.js";

export type { CodecHarness, CodecSupports } from "./codec/support.js";

/** The promises of a codec, as far as it supports them. */
export const codecContract = (supports: CodecSupports): Contract<CodecHarness> =>
  contract("Codec", [
    ...always,
    ...(supports.messages ? [...messages, ...safety] : []),
    ...(supports.messages && !supports.schemaless ? needsType : []),
    ...(supports.schemaless ? schemaless : []),
    ...(supports.envelope ? envelope : noEnvelope),
  ]);
