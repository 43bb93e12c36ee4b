import { expect, test } from "@jest/globals";
import { rpcServer, type Plugins } from "plugboard";
import { memoryBroker, memoryBrokerHub } from "plugboard/plugins/broker/memory";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";
import { calculator, useCalculator } from "./without-decorators.js";

process.env["MICRO_LOG_LEVEL"] = "error";

test("functions serve calls, streams and events", async () => {
  const plugins: Plugins = {
    registry: memoryRegistry({ hub: memoryRegistryHub() }),
    broker: memoryBroker({ hub: memoryBrokerHub() }),
    server: rpcServer({ address: "127.0.0.1:0" }),
  };
  const seen: string[] = [];
  await using service = await calculator(plugins, seen).start();
  expect(service.address).toMatch(/:\d+$/);
  expect(await useCalculator(plugins)).toEqual([{ sum: 5 }, { n: 1 }, { n: 2 }, { n: 3 }]);
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(["hello"]);
});
