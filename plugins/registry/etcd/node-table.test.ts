import { describe, expect, test } from "@jest/globals";
import type { IEvent, IKeyValue } from "etcd3";
import type { RegistryEvent, ServiceRecord } from "../../../src/spi.js";
import { NodeTable } from "./node-table.js";
import { encodeNode } from "./node-value.js";

const record = (id: string, address = "h:1", name = "shop"): ServiceRecord => ({
  name,
  version: "1",
  metadata: {},
  endpoints: [],
  nodes: [{ id, address, metadata: {} }],
});

const listing = (revision: bigint, ...records: readonly ServiceRecord[]) => ({
  revision,
  records: new Map(records.map((each) => [`/${each.nodes[0]!.id}`, each])),
});

/** A change of a key; without a value it was deleted. */
const change = (revision: number, key: string, value?: ServiceRecord | string): IEvent => ({
  type: value === undefined ? "Delete" : "Put",
  kv: {
    key: Buffer.from(key),
    value: Buffer.from(
      typeof value === "object" ? encodeNode(value, value.nodes[0]!) : (value ?? ""),
    ),
    mod_revision: String(revision),
  } as IKeyValue,
  prev_kv: undefined as never,
});

const inShort = (events: readonly RegistryEvent[]): string[] =>
  events.map(
    ({ action, service }) =>
      `${action} ${service.nodes.map(({ id, address }) => `${id} ${address}`).join()}`,
  );

/** A table that knows `a` and `b` at revision 10. */
function knowing() {
  const table = new NodeTable();
  table.replace(listing(10n, record("a"), record("b")));
  return table;
}

describe("what a watch tells", () => {
  test("is told on, each change once", () => {
    const table = knowing();
    const news = [
      change(11, "/c", record("c")),
      change(12, "/a", record("a", "h:2")),
      change(13, "/b"),
      change(14, "/c", record("c")), // put again as it was
      change(15, "/d"), // nobody knew it
    ];
    expect(inShort(table.apply(news))).toEqual(["create c h:1", "update a h:2", "delete b h:1"]);
    expect(table.revision).toBe(15n);
    expect(table.apply(news)).toEqual([]);
    expect(table.apply([])).toEqual([]);
  });

  test("is not told if it was known already", () => {
    const table = knowing();
    expect(inShort(table.apply([change(9, "/a"), change(10, "/b"), change(11, "/a")]))).toEqual([
      "delete a h:1",
    ]);
  });

  test("is the end of a node when its value is no node any more", () => {
    const table = knowing();
    expect(inShort(table.apply([change(11, "/a", "{}"), change(12, "/a", "[]")]))).toEqual([
      "delete a h:1",
    ]);
    expect(inShort(table.apply([change(13, "/a", record("a"))]))).toEqual(["create a h:1"]);
  });

  test("is the end of one node and the begin of another when a key changes hands", () => {
    const table = knowing();
    expect(inShort(table.apply([change(11, "/a", record("x"))]))).toEqual([
      "delete a h:1",
      "update x h:1",
    ]);
    const [left, came] = table.apply([change(12, "/a", record("x", "h:1", "other"))]);
    expect([left?.service.name, came?.service.name]).toEqual(["shop", "other"]);
    expect([left?.action, came?.action]).toEqual(["delete", "create"]);
  });
});

describe("a listing", () => {
  test("tells what differs", () => {
    const table = knowing();
    const events = table.replace(listing(20n, record("b", "h:2"), record("c")));
    expect(inShort(events)).toEqual(["delete a h:1", "update b h:2", "create c h:1"]);
    expect(table.revision).toBe(20n);
    expect(table.replace(listing(21n, record("c"), record("b", "h:2")))).toEqual([]);
  });

  test("of an etcd that was set back spares those that are missing, for once", () => {
    const table = knowing();
    const back = listing(2n, record("c"));
    expect(inShort(table.replace(back, { keep: true }))).toEqual(["create c h:1"]);
    expect(table.revision).toBe(2n);
    expect(inShort(table.apply([change(3, "/a", record("a"))]))).toEqual([]);
    expect(inShort(table.replace(listing(4n, record("c"), record("a"))))).toEqual(["delete b h:1"]);
  });
});
