import { describe, expect, test } from "@jest/globals";
import { deadLetterTopic, failureText } from "../../../src/broker/dead-letter.js";
import { Unavailable } from "../../../src/base/errors.js";

describe("deadLetterTopic", () => {
  test.each([
    [undefined, undefined],
    [false, undefined],
    ["", undefined],
    [true, "orders.dead-letter"],
    ["graveyard", "graveyard"],
  ])("deadLetter %p goes to %p", (deadLetter, topic) => {
    expect(deadLetterTopic("orders", deadLetter === undefined ? {} : { deadLetter })).toBe(topic);
  });
});

describe("failureText", () => {
  const toString = (): string => {
    throw new Error("no text");
  };
  test.each<[unknown, string]>([
    [new Error("plain"), "plain"],
    [new TypeError(), "TypeError"],
    [new Unavailable("gone", { reason: "a.b" }), "a.b: gone"],
    [new Unavailable("gone"), "gone"],
    ["text", "text"],
    [undefined, "undefined"],
    [Symbol("s"), "Symbol(s)"],
    [{ toString }, "something that has no text was thrown"],
    [Object.create(null), "something that has no text was thrown"],
    ["one\r\n\ttwo\u0000three\u0085four", "one two three four"],
    ["lone \ud83c end", "lone \ufffd end"],
  ])("%p", (thrown, text) => {
    expect(failureText(thrown)).toBe(text);
  });

  test("is cut at 1,000 characters", () => {
    expect(failureText("x".repeat(5_000))).toHaveLength(1_000);
  });
});
