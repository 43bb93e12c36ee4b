import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { messageTypes } from "../../../src/codec/message-types.js";
import { protoText } from "../../../src/codec/proto-text.js";
import { parseProto } from "../../../plugins/codec/protobuf/index.js";

const types = messageTypes({
  enums: {
    "shop.Color": { RED: 3, UNKNOWN: 0, CRIMSON: 3 },
    "shop.Order.State": { OPEN: 0, CLOSED: 1 },
  },
  messages: {
    "shop.Order": [
      { name: "lines", number: 3, type: "shop.Order.Line", rule: "repeated" },
      { name: "id", number: 1, type: "uint64" },
      { name: "note", number: 2, type: "string", rule: "optional" },
      { name: "state", number: 4, type: "shop.Order.State" },
      { name: "labels", number: 5, type: "shop.Label", rule: "map", mapKey: "string" },
      { name: "cardNumber", number: 7, type: "string", oneof: "payment" },
      { name: "cash", number: 6, type: "bool", oneof: "payment" },
      { name: "URL", protoName: "url", number: 8, type: "string" },
      { name: "parent", number: 9, type: "shop.Order" },
      { name: "placed", number: 10, type: "google.protobuf.Timestamp" },
      { name: "amount", number: 11, type: "google.protobuf.Int32Value" },
    ],
    "shop.Order.Line": [
      { name: "color", number: 1, type: "shop.Color" },
      { name: "label", number: 2, type: "shop.Label" },
      { name: "inner", number: 3, type: "shop.Order.Line.Label" },
    ],
    "shop.Order.Line.Label": [],
    "shop.Label": [{ name: "text", number: 1, type: "string" }],
    "google.protobuf.Timestamp": [
      { name: "seconds", number: 1, type: "int64" },
      { name: "nanos", number: 2, type: "int32" },
    ],
    "google.protobuf.Int32Value": [{ name: "value", number: 1, type: "int32" }],
    "other.Thing": [{ name: "label", number: 1, type: "shop.Label" }],
    Bare: [],
  },
});
const order = types["shop.Order"];
const method = { input: order, output: types["shop.Label"] };
const services = [
  {
    name: "Shop",
    methods: [
      { ...method, name: "Place", clientStream: false, serverStream: false },
      { ...method, name: "Watch", clientStream: true, serverStream: true, idempotent: true },
    ],
  },
];

test("a package prints as the golden file has it", () => {
  const golden = readFileSync(join(__dirname, "shop.proto.golden"), "utf8");
  expect(protoText({ package: "shop", messages: [order], services })).toBe(golden);
});

test("the order of what is asked for does not matter", () => {
  const messages = [order, types["shop.Label"], types["shop.Order.Line"]];
  const text = protoText({ package: "shop", messages, services });
  expect(protoText({ package: "shop", messages: messages.toReversed(), services })).toBe(text);
});

test("without a package everything is in one text, under its own full name", () => {
  const text = protoText({ messages: [types["other.Thing"], order] });
  expect(text).not.toContain("package");
  const parsed = parseProto(text);
  expect(
    protoText({ messages: [parsed.message("other.Thing"), parsed.message("shop.Order")] }),
  ).toBe(text);
  expect(parsed.message("shop.Order.Line")).toEqual(types["shop.Order.Line"]);
});

test("without a package the one that all share is taken, also if it is none", () => {
  expect(protoText({ messages: [types["shop.Order.Line"]] })).toContain("package shop;");
  expect(protoText({ messages: [types.Bare] })).toBe('syntax = "proto3";\n\nmessage Bare {}\n');
  expect(protoText({})).toBe('syntax = "proto3";\n');
});

test("a file loaded twice is one, two different types of one name are refused", () => {
  const label = types["shop.Label"];
  const field = (type: typeof label, number: number) =>
    ({
      name: `a${number}`,
      protoName: `a${number}`,
      number,
      rule: "one",
      type: { kind: "message", type },
    }) as const;
  const both = (other: typeof label) => ({
    name: "shop.Both",
    fields: [field(label, 1), field(other, 2)],
  });
  expect(protoText({ messages: [both({ ...label })] })).toContain("Label a2 = 2;");
  expect(() => protoText({ messages: [both({ ...label, fields: [] })] })).toThrow(
    "two different types are named shop.Label",
  );
});

test.each(["__proto__", "a b", "1a", "a; } message B {", ""])("the name %j is refused", (bad) => {
  const field = {
    name: "a",
    number: 1,
    rule: "one",
    type: { kind: "scalar", scalar: "bool" },
  } as const;
  const refused = "is no name that protobuf can have";
  const print = (name: string, protoName: string, values: Record<string, number>) => () =>
    protoText({
      messages: [
        { name, fields: [{ ...field, protoName }] },
        {
          name: "E",
          fields: [
            { ...field, protoName: "e", type: { kind: "enum", enum: { name: "F", values } } },
          ],
        },
      ],
    });
  expect(print(`a.${bad}`, "a", { A: 0 })).toThrow(refused);
  expect(print("A", bad, { A: 0 })).toThrow(refused);
  expect(print("A", "a", Object.fromEntries([[bad, 0]]))).toThrow(refused);
});
