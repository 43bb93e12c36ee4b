import { describe, expect, test } from "@jest/globals";
import type { ServiceRecord } from "../../../src/spi.js";
import { nodeKey, nodeRange } from "./keys.js";
import { decodeNode, encodeNode } from "./node-value.js";

const prefix = "/micro/registry/";

/** As go-micro's etcd registry writes it, but for `null` where a service has no metadata. */
const text =
  '{"name":"greeter","version":"latest","metadata":{},"endpoints":[' +
  '{"name":"Say.Hello","request":{"name":"Request","type":"Request","values":[{"name":"name","type":"string","values":null}]},' +
  '"response":{"name":"Response","type":"Response","values":[{"name":"msg","type":"string","values":null}]},"metadata":{}},' +
  '{"name":"Say.Stream","request":{"name":"Context","type":"Context","values":null},' +
  '"response":{"name":"Stream","type":"Stream","values":null},"metadata":{"stream":"true"}},' +
  '{"name":"Func","request":{"name":"Event","type":"Event","values":null},"response":null,' +
  '"metadata":{"subscriber":"true","topic":"my.topic"}}],' +
  '"nodes":[{"id":"greeter-5d0e","address":"10.0.0.7:40123",' +
  '"metadata":{"broker":"http","protocol":"mucp","registry":"etcd","server":"mucp","transport":"http"}}]}';

const value = (name: string, type: string, values: readonly object[] = []) => ({
  name,
  type,
  values,
});

const record = {
  name: "greeter",
  version: "latest",
  metadata: {},
  endpoints: [
    {
      name: "Say.Hello",
      request: value("Request", "Request", [value("name", "string")]),
      response: value("Response", "Response", [value("msg", "string")]),
      metadata: {},
    },
    {
      name: "Say.Stream",
      request: value("Context", "Context"),
      response: value("Stream", "Stream"),
      metadata: { stream: "true" },
    },
    {
      name: "Func",
      request: value("Event", "Event"),
      metadata: { subscriber: "true", topic: "my.topic" },
    },
  ],
  nodes: [
    {
      id: "greeter-5d0e",
      address: "10.0.0.7:40123",
      metadata: {
        broker: "http",
        protocol: "mucp",
        registry: "etcd",
        server: "mucp",
        transport: "http",
      },
    },
  ],
} as ServiceRecord;

describe("a value", () => {
  test("is go-micro's, byte for byte", () => {
    expect(encodeNode(record, record.nodes[0]!)).toBe(text);
    expect(decodeNode(Buffer.from(text))).toEqual(record);
  });

  test("holds one node of several", () => {
    const other = { ...record.nodes[0]!, id: "greeter-2" };
    const both = { ...record, nodes: [...record.nodes, other] };
    expect(JSON.parse(encodeNode(both, other))).toMatchObject({ nodes: [{ id: "greeter-2" }] });
  });

  test("may hold null where Go has nothing", () => {
    const json = `{"name":"a","version":"","metadata":null,"endpoints":null,"nodes":[{"id":"a-1","address":"h:1","metadata":null}]}`;
    expect(decodeNode(Buffer.from(json))).toEqual({
      name: "a",
      version: "",
      metadata: {},
      endpoints: [],
      nodes: [{ id: "a-1", address: "h:1", metadata: {} }],
    });
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a record without nodes", '{"name":"a","version":"1","nodes":[]}'],
    ["a record whose nodes are none", '{"name":"a","version":"1","nodes":[{"id":1}]}'],
    ["too much", `{"name":"a","nodes":[{"id":"a","address":"h:1"}]${" ".repeat(2_097_152)}}`],
  ])("that is %s is no node", (_, json) => {
    expect(decodeNode(Buffer.from(json))).toBeUndefined();
  });
});

describe("a key", () => {
  test("is the service's name and the node's id, with hyphens for slashes", () => {
    expect(nodeKey(prefix, "greeter", "greeter-5d0e")).toBe("/micro/registry/greeter/greeter-5d0e");
    expect(nodeKey(prefix, "a/b/c", "x/y")).toBe("/micro/registry/a-b-c/x-y");
  });

  test("lies in the range of its service and in that of all, and in no other's", () => {
    const within = (key: string, range: { readonly key: Buffer; readonly rangeEnd: Buffer }) =>
      Buffer.compare(Buffer.from(key), range.key) >= 0 &&
      Buffer.compare(Buffer.from(key), range.rangeEnd) < 0;
    for (const node of ["", "1", "~", "ÿ", "世界"]) {
      const key = nodeKey(prefix, "greeter", node);
      expect(within(key, nodeRange(prefix, "greeter"))).toBe(true);
      expect(within(key, nodeRange(prefix))).toBe(true);
      for (const other of ["greete", "greeter-more", "greeter.", "greeter0"])
        expect(within(key, nodeRange(prefix, other))).toBe(false);
    }
    expect(within("/micro/registry0", nodeRange(prefix))).toBe(false);
    expect(within("/micro/registr", nodeRange(prefix))).toBe(false);
  });
});
