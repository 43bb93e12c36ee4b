import { describe, expect, test } from "@jest/globals";
import {
  OptionError,
  requirePositive,
  requireText,
  requireWhole,
} from "../../../src/base/options.js";

describe("an option", () => {
  test("that makes sense is given back", () => {
    expect(requirePositive("a.ms", 0.5)).toBe(0.5);
    expect(requireWhole("a.count", 0)).toBe(0);
    expect(requireWhole("a.count", 3, 3)).toBe(3);
    expect(requireText("a.name", "x")).toBe("x");
  });

  test.each([
    [() => requirePositive("a.ms", 0), "a.ms must be a number above 0, got 0"],
    [() => requirePositive("a.ms", -1), "a.ms must be a number above 0, got -1"],
    [() => requirePositive("a.ms", Number.NaN), "a.ms must be a number above 0, got null"],
    [() => requirePositive("a.ms", Infinity), "a.ms must be a number above 0, got null"],
    [() => requireWhole("a.count", 1.5), "a.count must be a whole number, 0 or more, got 1.5"],
    [() => requireWhole("a.count", 1, 2), "a.count must be a whole number, 2 or more, got 1"],
    [() => requireWhole("a.count", 2 ** 53), /a whole number, 0 or more/],
    [() => requireText("a.name", ""), 'a.name must be a text that is not empty, got ""'],
    [
      () => requireText("a.name", undefined as unknown as string),
      "a.name must be a text that is not empty, got undefined",
    ],
  ])("that makes none is refused with option, value and rule (%#)", (work, message) => {
    expect(work).toThrow(OptionError);
    expect(work).toThrow(message);
  });
});
