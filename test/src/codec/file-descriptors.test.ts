import { expect, test } from "@jest/globals";
import { fileDescriptors } from "../../../src/codec/file-descriptors.js";
import { messageTypes } from "../../../src/codec/message-types.js";

const ring = messageTypes({
  messages: {
    "a.One": [{ name: "two", number: 1, type: "b.Two" }],
    "b.Two": [{ name: "three", number: 1, type: "a.Three" }],
    "a.Three": [],
    Left: [{ name: "right", number: 1, type: "Right" }],
    Right: [{ name: "left", number: 1, type: "Left" }],
  },
});

const service = (scope: string, type: (typeof ring)[keyof typeof ring]) => ({
  package: scope,
  name: "Talk",
  methods: [{ name: "Say", input: type, output: type, clientStream: false, serverStream: false }],
});

test("files cannot import each other in a circle", () => {
  expect(() => fileDescriptors([service("a", ring["a.One"])])).toThrow(
    "files import each other in a circle: a.proto -> b.proto -> a.proto",
  );
});

test("names without a package may lead to each other", () => {
  expect(fileDescriptors([service("", ring.Left)])).toMatchObject([
    { name: "no_package.proto", dependencies: [], symbols: ["Left", "Right", "Talk", "Talk.Say"] },
  ]);
});
