import { expect, test } from "@jest/globals";
import { errorLike } from "../../../test/support/error-like.js";
import { codecContract } from "../../../test/contracts/codec-contract.js";
import { codecHarness } from "../../../test/support/codec-harness.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { octetStreamCodec } from "./index.js";
import { OctetStreamCodec } from "./octet-stream-codec.js";

const supports = { messages: false, schemaless: false, envelope: false };
describeContract(codecContract(supports), codecHarness(octetStreamCodec(), supports));

const codec = new OctetStreamCodec();

test("bytes come back, and are the receiver's own", () => {
  const value = Uint8Array.of(0, 1, 255);
  const written = codec.write({}, "request", value);
  value.fill(7);
  const read = codec.readBody(written, "request");
  written.fill(9);
  expect(read).toEqual(Uint8Array.of(0, 1, 255));
});

test("nothing is no bytes", () => {
  expect(codec.write({}, "response", undefined)).toEqual(new Uint8Array(0));
  expect(codec.readBody(new Uint8Array(0), "response")).toEqual(new Uint8Array(0));
});

test("all but bytes is refused", () => {
  const refused = errorLike({ code: 415, reason: "codec.bytes-only" });
  const type = { name: "sample.Empty", fields: [] };
  for (const value of ["text", 1, null, {}, [1], new ArrayBuffer(1)])
    expect(() => codec.write({}, "request", value)).toThrow(refused);
  expect(() => codec.write({}, "request", new Uint8Array(1), type)).toThrow(refused);
  expect(() => codec.readBody(new Uint8Array(1), "request", type)).toThrow(refused);
});
