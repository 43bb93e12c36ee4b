import { expect, test } from "@jest/globals";
import { Test } from "plugboard/testing";
import { Parcels, ParcelsModule, Sold, StockClient, StockModule } from "./stock.js";

test("a crash in the middle of a call fails it, and the next call finds another node", async () => {
  await using cluster = await Test.cluster({ seed: 42 });
  const [first] = await cluster.start(StockModule, StockModule, ParcelsModule);
  const stock = cluster.client(StockClient);
  await stock.sell({ order: "1", item: "book" });

  cluster.net.latency("stock", { medianMs: 5, p99Ms: 50 }); // each way, and seldom long
  await cluster.kill(first!); // as a power cut does
  const calls = ["2", "3", "4"].map((order) => stock.sell({ order, item: "lamp" }));
  await cluster.clock.advance(1_000);
  for (const call of calls) await expect(call).resolves.toHaveProperty("order");

  expect(cluster.broker.published(Sold)).toHaveLength(4);
  expect(cluster.app("parcels").get(Parcels).sent.size).toBe(4);
});

test("a node that stands still costs the deadline, not more", async () => {
  await using cluster = await Test.cluster();
  await cluster.start(StockModule);
  const stock = cluster.client(StockClient);
  await stock.sell({ order: "1", item: "book" });

  cluster.pause("stock"); // as SIGSTOP does
  const call = stock.sell({ order: "2", item: "lamp" }, { timeoutMs: 200 });
  const failing = expect(call).rejects.toMatchObject({ reason: "client.timeout" });
  await cluster.clock.advance(200);
  await failing;
});

test("what the broker has taken is sent, although parcels restarts, and events come twice", async () => {
  await using cluster = await Test.cluster();
  await cluster.start(StockModule, ParcelsModule, ParcelsModule);
  const stock = cluster.client(StockClient);
  cluster.net.duplicate("stock", 0.5);
  await stock.sell({ order: "1", item: "" });
  await cluster.restart("parcels");
  await cluster.clock.advance(60_000); // all retries pass in no time
  expect(cluster.broker.deadLetters(Sold)).toEqual([{ order: "1", item: "" }]);
});
