import { expect, test } from "@jest/globals";
import { codecContract } from "../../../test/contracts/codec-contract.js";
import { codecHarness } from "../../../test/support/codec-harness.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { parseProto, protobufCodec } from "../../../test/support/inner-codecs.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { protoRpcCodec } from "./index.js";
import { parseEnvelope, printEnvelope } from "./proto-rpc-envelope.js";

const plugin = protoRpcCodec({ body: protobufCodec() });
const supports = { messages: true, schemaless: false, envelope: true };
describeContract(codecContract(supports), codecHarness(plugin, supports));

const echo = parseProto('syntax = "proto3"; message Echo { string text = 1; }').message("Echo");
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("the bytes are go-micro's", async () => {
  const codec = await plugin.create(virtualWorld().environment());
  const written = codec.write({ id: "0", endpoint: "Pb.Echo" }, "request", { text: "a" }, echo);
  expect(hex(written)).toBe("000000090a0750622e4563686f000000030a0161");
  expect(codec.readHeader(written, "request")).toEqual({ id: "0", endpoint: "Pb.Echo" });
  const failed = codec.write({ id: "1", error: "no" }, "response", undefined, echo);
  expect(hex(failed)).toBe("0000000d1101000000000000001a026e6f00000000");
});

test("ids that are no number of 64 bits go as 0", () => {
  for (const id of ["", "abc", "18446744073709551616", "-1"])
    expect(parseEnvelope(printEnvelope({ id }))).toEqual({ id: "0" });
});

test("unknown fields of an envelope are skipped, broken ones are refused", () => {
  const fields = Buffer.from(
    "2001" + "2a0161" + "3501020304" + "390102030405060708" + "0a0141",
    "hex",
  );
  expect(parseEnvelope(fields)).toEqual({ id: "0", endpoint: "A" });
  for (const broken of ["0a", "0a05", "11", "0b", "00", "ffffffffffffffffffff01", "0a01ff"])
    expect(() => parseEnvelope(Buffer.from(broken, "hex"))).toThrow("not protobuf");
});

test("the two blocks fill the body", async () => {
  const codec = await plugin.create(virtualWorld().environment());
  for (const broken of ["00000000", "0000000000000001", "000000000000000000"])
    expect(() => codec.readBody(Buffer.from(broken, "hex"), "request", echo)).toThrow("proto-rpc");
});
