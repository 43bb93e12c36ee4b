import { describe, expect, test } from "@jest/globals";
import { Client, Conflict, InternalServerError, Module, NotFound } from "plugboard";
import { Test } from "plugboard/testing";
import { OutOfStock, Stock, StockClient } from "./errors.js";

@Module({ services: [Stock] })
class StockModule {}

describe("errors arrive as what they are", () => {
  test("a class of the framework", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(StockModule);
    const stock = cluster.client(StockClient);
    expect(await stock.take({ sku: "tea", amount: 1 })).toEqual({ left: 1 });
    const failing = stock.take({ sku: "gold", amount: 1 });
    await expect(failing).rejects.toBeInstanceOf(NotFound);
    await expect(failing).rejects.toMatchObject({ id: "stock", detail: "no article gold" });
  });

  test("a class of one's own, with its properties", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(StockModule);
    const failing = cluster.client(StockClient).take({ sku: "tea", amount: 5 });
    await expect(failing).rejects.toBeInstanceOf(OutOfStock);
    await expect(failing).rejects.toMatchObject({
      sku: "tea",
      left: 2,
      code: 409,
      message: "only 2 of tea left",
    });
  });

  test("to a client that does not know it: the class of its code, data kept", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(StockModule);
    class PlainClient extends Client<Stock>("stock") {}
    const failing = cluster.client(PlainClient).take({ sku: "tea", amount: 5 });
    await expect(failing).rejects.toBeInstanceOf(Conflict);
    await expect(failing).rejects.not.toBeInstanceOf(OutOfStock);
    await expect(failing).rejects.toMatchObject({
      type: "shop.OutOfStock",
      data: { sku: "tea", left: 2 },
    });
  });

  test("an accident stays at home; the caller gets its number", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(StockModule);
    const failing = cluster.client(StockClient).audit();
    await expect(failing).rejects.toBeInstanceOf(InternalServerError);
    await expect(failing).rejects.toThrow(/^internal error, incident [0-9a-f]{8}$/);
    await expect(failing).rejects.not.toHaveProperty("cause.message");
  });
});
