import { expect, test } from "@jest/globals";
import { jsonName, protoName } from "../../../src/codec/field-names.js";
import { messageTypes } from "../../../src/codec/message-types.js";

test("messages may refer to each other in circles", () => {
  const types = messageTypes({
    messages: {
      "a.One": [{ name: "two", number: 1, type: "a.Two" }],
      "a.Two": [{ name: "firstOne", number: 1, type: "a.One", rule: "repeated" }],
    },
  });
  const one = types["a.One"];
  const two = types["a.Two"];
  expect(one.fields).toEqual([
    { name: "two", protoName: "two", number: 1, rule: "one", type: { kind: "message", type: two } },
  ]);
  expect(two.fields[0]).toMatchObject({ protoName: "first_one", rule: "repeated" });
  expect((two.fields[0]!.type as { type: unknown }).type).toBe(one);
});

test("a type that is not there is an error", () => {
  const build = () => messageTypes({ messages: { A: [{ name: "x", number: 1, type: "B" }] } });
  expect(build).toThrow("A.x has the unknown type B");
});

test.each([
  ["first_name", "firstName"],
  ["line2", "line2"],
  ["a_1_b", "a1B"],
  ["_leading", "Leading"],
  ["trailing_", "trailing"],
  ["__proto__", "Proto"],
])("%s is %s in JSON, as protoc has it", (proto, json) => expect(jsonName(proto)).toBe(json));

test.each([
  ["firstName", "first_name"],
  ["line2Text", "line2_text"],
  ["Name", "name"],
])("%s is %s in a .proto", (name, proto) => expect(protoName(name)).toBe(proto));
