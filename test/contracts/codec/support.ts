import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { RpcError } from "../../../src/base/error.js";
import type { Codec, MessageKind } from "../../../src/codec/codec.js";
import type { MessageType } from "../../../src/codec/message-type.js";
import type { Clause } from "../clause.js";
import { sampleTypes } from "./samples.js";

/** What a codec is asked to keep: the promises of the rest are left out. */
export interface CodecSupports {
  /** It writes values of declared types. */
  readonly messages: boolean;
  /** It writes any plain value without a type. */
  readonly schemaless: boolean;
  /** It carries id, endpoint and error around the value. */
  readonly envelope: boolean;
}

/** What clauses about codecs work on. */
export interface CodecHarness {
  readonly codec: Codec;
  readonly supports: CodecSupports;
}

/** A promise of a codec. */
export type CodecClause = Clause<CodecHarness>;

export const kinds: readonly MessageKind[] = ["request", "response", "event"];
export const everythingType = sampleTypes["sample.Everything"];
export const nodeType = sampleTypes["sample.Node"];
export const header = { id: "7", endpoint: "Sample.Call" };

/** Writes, and reads what was written. */
export function roundTrip(
  codec: Codec,
  value: unknown,
  type?: MessageType,
  kind: MessageKind = "request",
) {
  return codec.readBody(codec.write(header, kind, value, type), kind, type);
}

/** The error that `work` throws, which must be an {@link RpcError} with this code and reason. */
export function refusal(work: () => unknown, code: number, reason: string): RpcError {
  let caught: unknown;
  throws(work, (error) => {
    caught = error;
    return true;
  });
  ok(caught instanceof RpcError, `not a typed error: ${String(caught)}`);
  deepStrictEqual({ code: caught.code, reason: caught.reason }, { code, reason });
  return caught;
}

/** Runs `work`, which may only succeed or fail with a typed error of the codec: mostly `codec.malformed`. */
export function valueOrMalformed(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    ok(error instanceof RpcError, `not a typed error: ${String(error)}`);
    ok(error.code !== 500 && error.reason?.startsWith("codec."), `${error.code} ${error.reason}`);
  }
}

/** A property of what must be an object. */
export function field(value: unknown, name: string): unknown {
  ok(typeof value === "object" && value !== null);
  return (value as Readonly<Record<string, unknown>>)[name];
}
