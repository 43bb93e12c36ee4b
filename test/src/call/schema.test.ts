import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { BadRequest, InternalServerError } from "../../../src/base/errors.js";
import {
  messageTypeOf,
  resolveSchema,
  type Schema,
  type StandardIssue,
  type StandardSchema,
} from "../../../src/call/schema.js";
import { messageTypes } from "../../../src/codec/message-types.js";

const { Person: type } = messageTypes({
  messages: { Person: [{ name: "name", number: 1, type: "string" }] },
});

const complaining = (issues: readonly StandardIssue[]): StandardSchema => ({
  "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) },
});

const complaint = (schema: Schema<unknown>, what = "request"): unknown => {
  try {
    resolveSchema(schema).validate?.({}, what);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe("a schema", () => {
  test("that is left out checks nothing", () => {
    expect(resolveSchema(undefined)).toEqual({});
  });

  test("may be a message type, or a class that has one", () => {
    class Person {
      static readonly [messageTypeOf] = type;
    }
    expect(resolveSchema(type)).toEqual({ type });
    expect(resolveSchema(Person)).toEqual({ type });
  });

  test.each([[42], ["Person"], [{}], [() => 1], [null], [{ name: "x", fields: 3 }]])(
    "that is none is refused: %p",
    (schema) => {
      expect(() => resolveSchema(schema as unknown as Schema<unknown>)).toThrow(TypeError);
    },
  );

  test("may be zod's, and gives the checked value", () => {
    const { validate } = resolveSchema(z.object({ name: z.string().trim() }));
    expect(validate?.({ name: " Ann ", more: 1 }, "request")).toEqual({ name: "Ann" });
    expect(complaint(z.object({ name: z.string() }))).toBeInstanceOf(BadRequest);
  });

  test("may take its time", async () => {
    const { validate } = resolveSchema(
      z.object({ name: z.string().refine(async (name) => Promise.resolve(name !== "no")) }),
    );
    await expect(validate?.({ name: "Ann" }, "request")).resolves.toEqual({ name: "Ann" });
    await expect(validate?.({ name: "no" }, "request")).rejects.toMatchObject({ code: 400 });
  });

  test("that is broken says where, and that it is no use to try again", () => {
    const error = complaint(
      complaining([
        { message: "too long", path: ["list", 0, { key: "name" }, Symbol("tag")] },
        { message: "too much" },
      ]),
    );
    expect(error).toMatchObject({
      code: 400,
      detail: "invalid request: list.0.name.Symbol(tag): too long; too much",
      reason: "schema.invalid",
      retry: "never",
      data: { issues: ["list.0.name.Symbol(tag): too long", "too much"] },
    });
  });

  test("that is broken by a reply is the server's fault", () => {
    const error = complaint(complaining([{ message: "wrong" }]), "reply");
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ detail: "invalid reply: wrong" });
  });

  test("that is broken in a hundred places tells twenty", () => {
    const issues = Array.from({ length: 100 }, (_, index) => ({ message: `wrong ${index}` }));
    const error = complaint(complaining(issues)) as BadRequest;
    expect(error.data?.["issues"]).toHaveLength(20);
  });
});
