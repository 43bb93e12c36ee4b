import { describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { RpcError } from "../../../src/base/error.js";
import { Conflict, NotFound } from "../../../src/base/errors.js";
import {
  decodeError,
  describe as describeThrown,
  encodeError,
  errorClasses,
  toRpcError,
} from "../../../src/call/error-wire.js";

class OutOfStock extends Conflict {
  static override readonly type = "shop.OutOfStock";
  constructor(
    readonly sku: string,
    data: Readonly<Record<string, unknown>> = { sku },
  ) {
    super(`no ${sku}`, { data, retry: "never", reason: "shop.empty" });
  }
}

const random = { next: () => 0, uuid: () => "01234567-89ab-4cde-8f01-23456789abcd" };
const makeLogger = () => ({
  debug: jest.fn(),
  info: jest.fn(),
  warn: jest.fn(),
  error: jest.fn<(message: string, fields?: Readonly<Record<string, unknown>>) => void>(),
});

describe("an error on the wire", () => {
  test("keeps id, code, detail, status, type, reason, data and retry", () => {
    const line = encodeError(new OutOfStock("tea"));
    expect(JSON.parse(line)).toEqual({
      id: "",
      code: 409,
      detail: "no tea",
      status: "Conflict",
      type: "shop.OutOfStock",
      reason: "shop.empty",
      data: { sku: "tea" },
      retry: "never",
    });
    expect(line).not.toContain("\n");
  });

  test("is restored as its class, with its properties", () => {
    const classes = errorClasses([OutOfStock]);
    const error = decodeError(encodeError(new OutOfStock("tea")), "stock", classes);
    expect(error).toBeInstanceOf(OutOfStock);
    expect(error).toMatchObject({ name: "OutOfStock", sku: "tea", id: "stock", retry: "never" });
  });

  test("of an unknown class becomes the class of its code, type and data kept", () => {
    const error = decodeError(encodeError(new OutOfStock("tea")), "stock", new Map());
    expect(error).toBeInstanceOf(Conflict);
    expect(error).not.toBeInstanceOf(OutOfStock);
    expect(error).toMatchObject({ type: "shop.OutOfStock", data: { sku: "tea" } });
  });

  test("cannot overwrite what every error has, nor reach a prototype", () => {
    const data = JSON.parse(
      '{"message":"x","code":1,"stack":"s","__proto__":{"polluted":true},"constructor":1,"fine":2}',
    ) as Record<string, unknown>;
    const error = decodeError(
      encodeError(new OutOfStock("tea", data)),
      "",
      errorClasses([OutOfStock]),
    );
    expect(error).toMatchObject({ message: "no tea", code: 409, fine: 2 });
    expect(error.constructor).toBe(OutOfStock);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test.each([
    ["plain text", 500, "plain text"],
    ["", 500, "the peer gave no reason"],
    ['{"code":404}', 404, "Not Found"],
    ['{"code":418,"detail":"tea"}', 400, "tea"],
    ['{"code":777}', 500, "Internal Server Error"],
    ['{"id":"a","code":0,"detail":"d"}', 500, "d"],
    ["{broken", 500, "{broken"],
    ["[1]", 500, "[1]"],
  ])("%j is read as go-micro would", (line, code, detail) => {
    expect(decodeError(line, "svc", new Map())).toMatchObject({ code, detail });
  });

  test("is read from any text without throwing anything", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        expect(decodeError(line, "svc", new Map())).toBeInstanceOf(RpcError);
      }),
    );
  });
});

describe("what a handler throws", () => {
  const where = { id: "stock", endpoint: "Stock.Take" };

  test("is passed on when it is an RpcError, with the service's name filled in", () => {
    const thrown = new NotFound("gone");
    const error = toRpcError(thrown, where, { logger: makeLogger(), random });
    expect(error).toBeInstanceOf(NotFound);
    expect(error).toMatchObject({ id: "stock", code: 404, detail: "gone", status: "Not Found" });
    expect(thrown.id).toBe("");
    const named = new NotFound("gone", { id: "other" });
    expect(toRpcError(named, where, { logger: makeLogger(), random })).toBe(named);
  });

  test.each([[new Error("secret")], ["secret"], [{ secret: 1 }], [undefined], [null], [42n]])(
    "is hidden behind an incident that the log has too: %p",
    (thrown) => {
      const logger = makeLogger();
      const error = toRpcError(thrown, where, { logger, random });
      expect(error).toMatchObject({ code: 500, data: { incident: "01234567" } });
      expect(encodeError(error)).not.toContain("secret");
      expect(logger.error.mock.calls[0]?.[1]).toMatchObject({
        incident: "01234567",
        service: "stock",
      });
    },
  );

  test("is described for the log, whatever it is", () => {
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    expect(describeThrown(circular)).toBe("[object Object]");
    const stackless = new Error("m");
    delete stackless.stack;
    expect(describeThrown(stackless)).toBe("Error: m");
  });
});

test("error classes need a type of their own", () => {
  class Untyped extends Conflict {}
  class Twin extends Conflict {
    static override readonly type = "shop.OutOfStock";
  }
  expect(() => errorClasses([Untyped])).toThrow(/Untyped needs/);
  expect(() => errorClasses([OutOfStock, Twin])).toThrow(/both OutOfStock and Twin/);
  expect(errorClasses([OutOfStock, OutOfStock]).size).toBe(1);
});
