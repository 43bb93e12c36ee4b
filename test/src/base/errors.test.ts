import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { errorStatus, toErrorCode, type ErrorCode } from "../../../src/base/error-code.js";
import { RpcError } from "../../../src/base/error.js";
import * as errors from "../../../src/base/errors.js";
import { silentLogger } from "../../../src/base/logger.js";

const codes = Object.keys(errorStatus).map(Number) as ErrorCode[];

describe("an error", () => {
  test.each(codes)("of code %d has its text, and a class where there is one", (code) => {
    const error = errors.rpcError(code, "what happened", { id: "me", reason: "a.b" });
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      code,
      status: errorStatus[code],
      detail: "what happened",
      message: "what happened",
      id: "me",
      reason: "a.b",
      type: undefined,
    });
    expect(error.name).toBe(error.constructor.name);
  });

  test("has one class for each code that programs ask for", () => {
    const named = Object.entries(errors).filter(([name]) => /^[A-Z]/.test(name));
    const made = named.map(([, Class]) => new (Class as typeof errors.NotFound)("x"));
    expect(new Set(made.map(({ code }) => code)).size).toBe(named.length);
    for (const error of made)
      expect(errors.rpcError(error.code, "x")).toBeInstanceOf(error.constructor);
  });

  test("keeps its cause in this process, and has none unless given", () => {
    const cause = new Error("below");
    expect(new errors.Unavailable("above", { cause }).cause).toBe(cause);
    expect("cause" in new errors.Unavailable("above")).toBe(false);
  });

  test("of a class of your own has its name and type", () => {
    class OutOfStock extends errors.Conflict {
      static override readonly type = "shop.OutOfStock";
    }
    expect(new OutOfStock("no tea")).toMatchObject({ name: "OutOfStock", type: "shop.OutOfStock" });
  });
});

test("any number becomes a code of the list, and one of the list stays", () => {
  for (const code of codes) expect(toErrorCode(code)).toBe(code);
  expect([toErrorCode(418), toErrorCode(599), toErrorCode(0), toErrorCode(Number.NaN)]).toEqual([
    400, 500, 500, 500,
  ]);
  fc.assert(
    fc.property(fc.double(), (value) => {
      expect(codes).toContain(toErrorCode(value));
    }),
  );
});

test("the silent log takes everything", () => {
  for (const level of ["debug", "info", "warn", "error"] as const)
    expect(() => silentLogger[level]("anything", {})).not.toThrow();
});
