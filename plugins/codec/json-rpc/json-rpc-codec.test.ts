import { expect, test } from "@jest/globals";
import { codecContract } from "../../../test/contracts/codec-contract.js";
import { codecHarness } from "../../../test/support/codec-harness.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { jsonCodec } from "../../../test/support/inner-codecs.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { fromSettings, jsonRpcCodec } from "./index.js";

const plugin = jsonRpcCodec({ body: jsonCodec() });
const supports = { messages: true, schemaless: true, envelope: true };
describeContract(codecContract(supports), codecHarness(plugin, supports));

const make = async () => plugin.create(virtualWorld().environment());

test("the bytes are go-micro's", async () => {
  const codec = await make();
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  expect(text(codec.write({ id: "0", endpoint: "Say.Hello" }, "request", { name: "John" }))).toBe(
    '{"method":"Say.Hello","params":[{"name":"John"}],"id":"0"}\n',
  );
  expect(text(codec.write({ id: "0" }, "response", { msg: "hi" }))).toBe(
    '{"id":"0","result":{"msg":"hi"},"error":null}\n',
  );
  expect(text(codec.write({ error: "text" }, "response", undefined))).toBe(
    '{"id":"","result":null,"error":"text"}\n',
  );
  expect(text(codec.write({ id: "1" }, "event", { a: 1 }))).toBe('{"a":1}\n');
});

test("members may come in any order, ids as numbers, params empty or left out", async () => {
  const codec = await make();
  const request = Buffer.from('{"id":7,"params":[{"a":1}],"method":"Say.Hello"}');
  expect(codec.readHeader(request, "request")).toEqual({ id: "7", endpoint: "Say.Hello" });
  expect(codec.readBody(request, "request")).toEqual({ a: 1 });
  for (const body of ['{"method":"A.B","params":[],"id":"0"}', '{"method":"A.B","id":"0"}'])
    expect(codec.readBody(Buffer.from(body), "request")).toEqual({});
});

test("it cannot be chosen by the environment, and says why", () => {
  expect(() => fromSettings({ addresses: [] })).toThrow("jsonRpcCodec({ body");
});
