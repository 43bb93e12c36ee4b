import { expect, test } from "@jest/globals";
import { deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { decodeTxt, encodeTxt } from "./txt-record.js";

const hex = (json: unknown): string[] => [deflateSync(JSON.stringify(json)).toString("hex")];

test("it is hex of zlib of JSON with go-micro's keys, in texts of 255", () => {
  const metadata = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [`key-${index}`, `${index * 7_919}`]),
  );
  const value = { name: "name", type: "string", values: [] };
  const request = { name: "Request", type: "Request", values: [value] };
  const endpoints = [
    { name: "Say.Hello", request, metadata: { stream: "true" } },
    { name: "Func", metadata: {} },
  ];
  const texts = encodeTxt({ service: "greeter", version: "latest", endpoints, metadata });
  expect(texts.slice(0, -1).every((text) => text.length === 255)).toBe(true);
  expect(texts.length).toBeGreaterThan(1);
  const json: unknown = JSON.parse(inflateSync(Buffer.from(texts.join(""), "hex")).toString());
  expect(json).toEqual({
    Service: "greeter",
    Version: "latest",
    Endpoints: [
      {
        name: "Say.Hello",
        request: {
          name: "Request",
          type: "Request",
          values: [{ name: "name", type: "string", values: null }],
        },
        response: null,
        metadata: { stream: "true" },
      },
      { name: "Func", request: null, response: null, metadata: {} },
    ],
    Metadata: metadata,
  });
  expect(decodeTxt(texts)).toEqual({ service: "greeter", version: "latest", endpoints, metadata });
});

test("what Go leaves null is empty", () => {
  const json = { Service: "a", Version: "1", Endpoints: null, Metadata: null };
  expect(decodeTxt(hex(json))).toEqual({ service: "a", version: "1", endpoints: [], metadata: {} });
});

test.each([
  ["nothing", []],
  ["an empty text", [""]],
  ["no hex", ["path=/"]],
  ["half a byte", ["abc"]],
  ["no zlib", ["00ff00ff"]],
  ["a text", hex("text")],
  ["a list", hex([])],
  ["no service", hex({ Version: "1" })],
  ["a number for a version", hex({ Service: "a", Version: 1 })],
  ["metadata with numbers", hex({ Service: "a", Version: "1", Metadata: { a: 1 } })],
  ["a bomb", [deflateSync(Buffer.alloc(50_000_000, 0x20)).toString("hex")]],
])("%s is nothing of ours", (_, texts) => {
  expect(decodeTxt(texts)).toBeUndefined();
});

test("endpoints that make no sense are left out, one by one", () => {
  const good = { name: "Say.Hello", request: "?", response: { name: 1 }, metadata: null };
  const json = { Service: "a", Version: "1", Endpoints: [good, 7, { name: 7 }], Metadata: {} };
  expect(decodeTxt(hex(json))?.endpoints).toEqual([{ name: "Say.Hello", metadata: {} }]);
});

test("a description without an end is cut", () => {
  let value: object = { name: "leaf", type: "string", values: null };
  for (let depth = 0; depth < 1_000; depth++) value = { name: "n", type: "t", values: [value] };
  const endpoint = { name: "E", request: value, response: null, metadata: {} };
  const json = { Service: "a", Version: "1", Endpoints: [endpoint], Metadata: {} };
  let depth = 0;
  let read = decodeTxt(hex(json))?.endpoints[0]?.request;
  for (; read; read = read.values[0]) depth++;
  expect(depth).toBe(16);
});

test("a key called __proto__ is a key", () => {
  const metadata = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
  const read = decodeTxt(encodeTxt({ service: "a", version: "1", endpoints: [], metadata }));
  expect(Object.keys(read?.metadata ?? {})).toEqual(["__proto__"]);
});

test("any texts are read or not, without a throw", () => {
  fc.assert(fc.property(fc.array(fc.string()), (texts) => void decodeTxt(texts)));
});
