import { expect, test } from "@jest/globals";
import { mergeRecords } from "../../../src/registry/merge-records.js";
import { greeter, idsOf } from "./scripted-registry.js";

test("nodes of one version come together, versions stay apart", () => {
  const merged = mergeRecords([greeter(["a"]), greeter(["b"], "2.0.0"), greeter(["c"])]);
  expect(merged.map(({ version, nodes }) => [version, nodes.length])).toEqual([
    ["1.0.0", 2],
    ["2.0.0", 1],
  ]);
});

test("of two nodes with one id the later counts, in its version", () => {
  const moved = { ...greeter(["a"], "2.0.0"), nodes: [{ id: "a", address: "h:1", metadata: {} }] };
  const merged = mergeRecords([greeter(["a", "b"]), moved]);
  expect(merged.map(({ version, nodes }) => [version, nodes.map(({ id }) => id)])).toEqual([
    ["1.0.0", ["b"]],
    ["2.0.0", ["a"]],
  ]);
  expect(merged[1]?.nodes[0]?.address).toBe("h:1");
});

test("a version that loses its last node is gone", () => {
  const merged = mergeRecords([greeter(["a"]), greeter(["a"], "2.0.0"), greeter([], "3.0.0")]);
  expect(merged.map(({ version }) => version)).toEqual(["2.0.0"]);
});

test("ids mean something within one service only", () => {
  const other = { ...greeter(["a"]), name: "other" };
  expect(idsOf(mergeRecords([greeter(["a"]), other]))).toEqual(["a", "a"]);
});

test("later metadata counts, and later endpoints unless there are none", () => {
  const endpoints = [{ name: "Say.Hello", metadata: {} }];
  const [merged] = mergeRecords([
    { ...greeter(["a"]), endpoints, metadata: { old: "1" } },
    { ...greeter(["b"]), metadata: { new: "1" } },
  ]);
  expect(merged?.endpoints).toEqual(endpoints);
  expect(merged?.metadata).toEqual({ new: "1" });
});

test("the records given are not changed", () => {
  const first = Object.freeze({ ...greeter(["a"]), nodes: Object.freeze(greeter(["a"]).nodes) });
  mergeRecords([first, greeter(["b"]), greeter(["a"], "2.0.0")]);
  expect(idsOf([first])).toEqual(["a"]);
});
