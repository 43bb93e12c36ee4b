import { describe, expect, test } from "@jest/globals";
import type { Network } from "../../../src/base/environment.js";
import { messageTypes } from "../../../src/codec/message-types.js";
import { advertisedAddress, splitAddress } from "../../../src/server/advertise.js";
import { endpointRecords } from "../../../src/server/endpoint-records.js";
import { newHandler } from "../../../src/server/new-handler.js";
import { readPairs } from "../../../src/server/read-pairs.js";
import { Router } from "../../../src/server/router.js";
import { serviceRecords } from "../../../src/server/service-records.js";
import type { Handler, HandlerDefinition, Subscriber } from "../../../src/server/server.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const { Order, Item } = messageTypes({
  enums: { Color: { NONE: 0, RED: 1 } },
  messages: {
    Maker: [{ name: "name", number: 1, type: "string" }],
    Item: [
      { name: "color", number: 1, type: "Color" },
      { name: "made_by", number: 2, type: "Maker" },
    ],
    Order: [
      { name: "id", number: 1, type: "int64" },
      { name: "items", number: 2, type: "Item", rule: "repeated" },
      { name: "notes", number: 3, type: "string", rule: "map", mapKey: "string" },
    ],
  },
});

const handler = (endpoint: string, more: Partial<HandlerDefinition> = {}): Handler =>
  newHandler(
    { service: { name: "shop" }, endpoint, handle: () => Promise.resolve(), ...more },
    [],
    virtualWorld().environment(),
  );

describe("what is advertised of an endpoint", () => {
  test("are the types of its values, three levels deep", () => {
    const [record] = endpointRecords([handler("Shop.Buy", { input: Order, output: Item })], []);
    expect(record?.request).toEqual({
      name: "Order",
      type: "Order",
      values: [
        { name: "id", type: "int64", values: [] },
        {
          name: "items",
          type: "[]Item",
          values: [
            { name: "color", type: "int32", values: [] },
            { name: "made_by", type: "Maker", values: [] },
          ],
        },
        { name: "notes", type: "", values: [] },
      ],
    });
    expect(record?.response).toMatchObject({ name: "Item", type: "Item" });
  });

  test("are general names where nothing is declared", () => {
    expect(endpointRecords([handler("Shop.Buy")], [])).toEqual([
      {
        name: "Shop.Buy",
        request: { name: "Request", type: "Request", values: [] },
        response: { name: "Response", type: "Response", values: [] },
        metadata: {},
      },
    ]);
  });

  test("subscribers stand last, by topic downwards", () => {
    const on = (topic: string): Subscriber => ({
      service: { name: "shop" },
      topic,
      name: `Shop.on_${topic}`,
      schema: Item,
      handle: () => undefined,
      call: () => Promise.resolve(),
    });
    const records = endpointRecords([handler("Shop.Buy")], [on("a"), on("b")]);
    expect(records.map(({ name }) => name)).toEqual(["Shop.Buy", "Shop.on_b", "Shop.on_a"]);
    expect(records[1]?.request).toMatchObject({ type: "Item" });
  });
});

test("a node's version and metadata may come from outside", () => {
  const service = { name: "shop", version: "1.0.0", metadata: { zone: "a", protocol: "mine" } };
  const node = { id: "7", address: "a:1", metadata: { protocol: "mucp" } };
  const [own] = serviceRecords([handler("Shop.Buy", { service })], [], {
    ...node,
    version: undefined,
  });
  expect(own).toMatchObject({
    version: "1.0.0",
    nodes: [{ id: "shop-7", address: "a:1", metadata: { zone: "a", protocol: "mucp" } }],
  });
  const [told] = serviceRecords([handler("Shop.Buy", { service })], [], { ...node, version: "2" });
  expect(told?.version).toBe("2");
  expect(readPairs("zone=b, rack = 7,empty=,plain")).toMatchObject({ zone: "b" });
  expect(readPairs(undefined)).toEqual({});
});

describe("the advertised address", () => {
  const network = (...addresses: [string, (4 | 6)?, boolean?][]): Network =>
    ({
      addresses: () =>
        addresses.map(([address, family = 4, internal = false]) => ({ address, family, internal })),
    }) as unknown as Network;
  const hosts = network(["fe80::1", 6], ["203.0.113.9"], ["10.1.2.3"], ["127.0.0.1", 4, true]);

  test.each([
    ["10.0.0.7:80", "10.0.0.7:80"],
    ["[::1]:80", "[::1]:80"],
    ["localhost:80", "localhost:80"],
    [":80", "10.1.2.3:80"],
    ["0.0.0.0:80", "10.1.2.3:80"],
    ["[::]:80", "10.1.2.3:80"],
    [":::80", "10.1.2.3:80"],
    ["", "10.1.2.3"],
  ])("of %j is %s", (bound, told) => {
    expect(advertisedAddress(bound, hosts)).toBe(told);
  });

  test("is a public one, or loopback, where there is no private one", () => {
    expect(advertisedAddress(":80", network(["203.0.113.9"]))).toBe("203.0.113.9:80");
    expect(advertisedAddress(":80", network(["127.0.0.1", 4, true]))).toBe("127.0.0.1:80");
    for (const inside of ["192.168.0.1", "172.16.0.1", "172.31.9.9"])
      expect(advertisedAddress(":80", network(["172.32.0.1"], [inside]))).toBe(`${inside}:80`);
  });

  test("is split at the last colon", () => {
    expect(splitAddress("a:80")).toEqual({ host: "a", port: "80" });
    expect(splitAddress("[::1]:80")).toEqual({ host: "::1", port: "80" });
    expect(splitAddress("[::1]")).toEqual({ host: "::1", port: "" });
    expect(splitAddress("a")).toEqual({ host: "a", port: "" });
  });
});

describe("a router", () => {
  test("finds names as Go writes them and as a .proto does", () => {
    const router = new Router();
    const route = router.add(handler("Greeter.SayHello"));
    for (const endpoint of ["Greeter.SayHello", "Greeter.sayHello", "Greeter.say_hello"])
      expect(router.find("shop", endpoint)).toBe(route);
    expect(router.routes()).toEqual([route]);
  });

  test("takes the service's name to decide between equal endpoints", () => {
    const router = new Router();
    const [shop, bank] = ["shop", "bank"].map((name) =>
      router.add(handler("Debug.Health", { service: { name } })),
    );
    expect(router.find("bank", "Debug.Health")).toBe(bank);
    expect(router.find("shop", "Debug.Health")).toBe(shop);
    expect(router.find("other", "Debug.Health")).toBe(shop);
    expect(router.find(undefined, "Debug.Health")).toBe(shop);
  });

  test.each([
    ["Shop.Sell", "rpc: can't find method Sell", "router.unknown-method"],
    ["Bank.Pay", "rpc: can't find service Bank", "router.unknown-service"],
    ["Buy", "rpc: service/endpoint request ill-formed: Buy", "router.ill-formed"],
    ["a.b.c", "rpc: service/endpoint request ill-formed: a.b.c", "router.ill-formed"],
    [".Buy", "rpc: service/endpoint request ill-formed: .Buy", "router.ill-formed"],
  ])("says of %s: %s", (endpoint, detail, reason) => {
    const router = new Router();
    router.add(handler("Shop.Buy"));
    expect(() => router.find("shop", endpoint)).toThrow(
      expect.objectContaining({ code: 404, detail, reason, retry: "never" }),
    );
  });

  test("cuts what is too long to repeat", () => {
    expect(() => new Router().find("shop", `Shop.${"x".repeat(10_000)}`)).toThrow(/^.{1,250}$/);
  });
});
