import { describe, expect, test } from "@jest/globals";
import { errorLike } from "../../../test/support/error-like.js";
import { codecContract } from "../../../test/contracts/codec-contract.js";
import { codecHarness } from "../../../test/support/codec-harness.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { jsonCodec, parseProto, protobufCodec } from "../../../test/support/inner-codecs.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { grpcFramedCodec } from "./index.js";

const binary = grpcFramedCodec({ body: protobufCodec() });
const text = grpcFramedCodec({ body: jsonCodec() });

describe("around protobuf", () => {
  const supports = { messages: true, schemaless: false, envelope: false };
  describeContract(codecContract(supports), codecHarness(binary, supports));
});
describe("around JSON", () => {
  const supports = { messages: true, schemaless: true, envelope: false };
  describeContract(codecContract(supports), codecHarness(text, supports));
});

const make = async (plugin: typeof binary) => plugin.create(virtualWorld().environment());
const echo = parseProto('syntax = "proto3"; message Echo { string text = 1; }').message("Echo");

test("content types follow the codec within", async () => {
  expect((await make(binary)).contentTypes).toEqual(["application/grpc", "application/grpc+proto"]);
  expect((await make(text)).contentTypes).toEqual(["application/grpc+json"]);
});

test("a frame is a zero, the length and the message; JSON goes without its newline", async () => {
  const frame = (await make(binary)).write({}, "request", { text: "a" }, echo);
  expect(Buffer.from(frame).toString("hex")).toBe("00000000030a0161");
  const json = (await make(text)).write({}, "request", { text: "a" }, echo);
  expect(Buffer.from(json).toString("latin1")).toBe('\0\0\0\0\x0c{"text":"a"}');
});

test("compressed and oversized messages are refused by their own errors", async () => {
  const codec = await make(binary);
  const read = (hex: string) => () => codec.readBody(Buffer.from(hex, "hex"), "request", echo);
  expect(read("01000000030a0161")).toThrow(errorLike({ code: 501, reason: "codec.compressed" }));
  const tooLarge = errorLike({ code: 413, reason: "codec.too-large" });
  expect(read("0000400001")).toThrow(tooLarge);
  const large = { text: "x".repeat(4_194_304) };
  expect(() => codec.write({}, "request", large, echo)).toThrow(tooLarge);
  expect(() => grpcFramedCodec({ body: protobufCodec(), maxBytes: 0 })).toThrow("maxBytes");
});
