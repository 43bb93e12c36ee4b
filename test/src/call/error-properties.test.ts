import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { RpcError } from "../../../src/base/error.js";
import { Conflict } from "../../../src/base/errors.js";
import { decodeError, encodeError, errorClasses } from "../../../src/call/error-wire.js";

class Odd extends Conflict {
  static override readonly type = "odd";
}
const classes = errorClasses([Odd]);

test("whatever a peer says, the error can be printed and thrown on", () => {
  const name = fc.oneof(
    fc.constantFrom("toString", "valueOf", "hasOwnProperty", "message", "stack", "code", "then"),
    fc.string(),
  );
  const wire = fc.record(
    {
      id: fc.anything(),
      code: fc.anything(),
      detail: fc.anything(),
      type: fc.constantFrom("odd", "other", 1),
      reason: fc.anything(),
      data: fc.oneof(fc.dictionary(name, fc.jsonValue()), fc.anything()),
      retry: fc.constantFrom("safe", "never", "often", 1),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(wire, (value) => {
      const text = textOf(value);
      const error = decodeError(text, "peer", classes);
      expect(error).toBeInstanceOf(RpcError);
      expect(String(error)).toBe(`${error.name}: ${error.detail}`);
      expect(typeof error.code).toBe("number");
      expect([undefined, "safe", "never"]).toContain(error.retry);
      expect(decodeError(encodeError(error), "peer", classes)).toMatchObject({
        code: error.code,
        detail: error.detail,
        id: error.id,
      });
    }),
  );
});

/** JSON where there is any, else whatever text. */
function textOf(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "no JSON";
  }
}

test("an error class gets its properties, and none that objects need", () => {
  const line = encodeError(new Odd("odd", { data: { item: "tea", toString: 1, valueOf: null } }));
  const error = decodeError(line, "peer", classes);
  expect(error).toMatchObject({ item: "tea" });
  expect(String(error)).toBe("Odd: odd");
});
