import { describe, expect, test } from "@jest/globals";
import type { ServiceRecord } from "../../../src/spi.js";
import { brokerContract } from "../../../test/contracts/broker-contract.js";
import { eventually, virtualBrokerHarness } from "../../../test/support/broker-harness.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import {
  httpBrokerBench as bench,
  message,
  never,
  within,
} from "../../../test/support/http-broker-bench.js";
import { TableRegistry } from "../../../test/support/table-registry.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { fromSettings, httpBroker, type HttpBrokerOptions } from "./index.js";

const harness = (options?: HttpBrokerOptions) => () =>
  virtualBrokerHarness((world) => {
    const registry = new TableRegistry(world.clock);
    const plugin = httpBroker(options);
    return () => plugin.create(world.environment(), registry);
  });

describeContract(brokerContract, harness());
describeContract({ ...brokerContract, name: "a broker (v1)" }, harness({ dialect: "v1" }));

describe("registration", () => {
  test.each([
    ["v2", "micro.http.broker"],
    ["v1", "go.micro.http.broker"],
  ] as const)("follows go-micro (%s)", async (dialect, service) => {
    const { broker, registry, stop } = bench();
    const one = await broker({ dialect });
    expect(one.address).toMatch(/^127\.0\.0\.1:[0-9]+$/);
    await one.subscribe("my.topic", never);
    await one.subscribe("my.topic", never, { group: "queue" });
    const records = await registry.getService(service);
    const node = (record: ServiceRecord | undefined) => record?.nodes[0];
    expect(records.map(({ version }) => version)).toEqual(["ff.http.broadcast", "queue"]);
    for (const record of records) {
      expect(node(record)).toEqual({
        id: expect.stringMatching(
          /^my\.topic-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
        ) as unknown,
        address: one.address,
        metadata: { broker: "http", topic: "my.topic", secure: "false" },
      });
    }
    expect(node(records[0])?.id).not.toBe(node(records[1])?.id);
    await stop();
    expect(await registry.getService(service)).toEqual([]);
  });

  test("is renewed in time, also after the registry was away", async () => {
    const { broker, registry, clock, logs, stop } = bench();
    const one = await broker();
    await one.subscribe("t", never);
    await clock.advance(10 * 60_000);
    expect((await registry.getService("micro.http.broker")).length).toBe(1);
    registry.reachable = false;
    await clock.advance(45_000);
    registry.reachable = true;
    await clock.advance(5_000);
    expect((await registry.getService("micro.http.broker")).length).toBe(1);
    expect(logs.some(({ message: text }) => text.includes("could not be renewed"))).toBe(true);
    await stop();
  });

  test("that fails makes subscribe fail", async () => {
    const { broker, registry, clock, logs, stop } = bench();
    const one = await broker();
    registry.reachable = false;
    await expect(within({ clock }, 10_000, one.subscribe("t", never))).rejects.toMatchObject({
      code: 503,
      reason: "broker.unreachable",
    });
    await expect(one.publish("t", message("1"))).rejects.toMatchObject({
      reason: "broker.unreachable",
    });
    expect(logs.some(({ message: text }) => text.includes("could not be taken out"))).toBe(true);
    registry.reachable = true;
    await stop();
  });
});

test("bytes that arrive one by one change nothing", async () => {
  const world = bench({ pieceBytes: 1 });
  const one = await world.broker();
  const seen: string[] = [];
  await one.subscribe("t", async (each) => void seen.push(each.message.headers["micro-id"]!));
  await one.publish("t", message("1"));
  await eventually(world, () => expect(seen).toEqual(["1"]));
  await world.stop();
});

test("an address that is taken is named", async () => {
  const { broker, stop } = bench();
  const one = await broker();
  await expect(broker({ address: one.address })).rejects.toMatchObject({
    code: 503,
    reason: "broker.unreachable",
    message: expect.stringContaining(one.address) as unknown,
  });
  await stop();
});

test("a subscription that is made while the broker disconnects is refused and taken back", async () => {
  const { broker, registry, clock, stop } = bench();
  const one = await broker();
  const subscribed = one.subscribe("t", never);
  const gone = one.disconnect();
  await expect(within({ clock }, 10_000, subscribed)).rejects.toMatchObject({
    reason: "broker.not-connected",
  });
  await gone;
  expect(await registry.getService("micro.http.broker")).toEqual([]);
  await stop();
});

test("advertises what it is told", async () => {
  const { broker, stop } = bench();
  expect((await broker({ advertise: "outside:1234" })).address).toBe("outside:1234");
  await stop();
});

test.each([
  [{ address: "nowhere" }, "httpBroker.address"],
  [{ advertise: "" }, "httpBroker.advertise"],
  [{ publishTimeoutMs: 0 }, "httpBroker.publishTimeoutMs"],
  [{ cacheMs: -1 }, "httpBroker.cacheMs"],
  [{ maxQueued: -1 }, "httpBroker.maxQueued"],
  [{ maxMessageBytes: 0 }, "httpBroker.maxMessageBytes"],
])("%j is refused", (options, name) => {
  expect(() => httpBroker(options)).toThrow(name);
});

test("settings name the address to listen on", async () => {
  const { environment, clock } = virtualWorld();
  const registry = new TableRegistry(clock);
  const told = await fromSettings({ addresses: ["127.0.0.1:7777"] }).create(
    environment(),
    registry,
  );
  const free = await fromSettings({ addresses: [] }).create(environment(), registry);
  await Promise.all([told.connect(), free.connect()]);
  expect(told.address).toBe("127.0.0.1:7777");
  expect(free.address).not.toBe(told.address);
  await expect(told.subscribe("t", never, { group: "ff.http.broadcast" })).rejects.toThrow("group");
  await Promise.all([told.disconnect(), free.disconnect()]);
});
