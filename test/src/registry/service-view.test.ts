import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { mergeRecords } from "../../../src/registry/merge-records.js";
import type { RegistryEvent } from "../../../src/registry/registry.js";
import { ServiceView } from "../../../src/registry/service-view.js";
import { greeter, idsOf } from "./scripted-registry.js";

const view = (...ids: readonly string[]): ServiceView => {
  const made = new ServiceView(() => {});
  made.replace([greeter(ids)]);
  return made;
};

test("a delete without nodes takes all, as in go-micro", () => {
  const known = view("a", "b");
  known.apply({ action: "delete", service: greeter([]) });
  expect(known.records).toEqual([]);
});

test("a node that moved to another version outlives the news that it left the old one", () => {
  const known = view("a");
  known.apply({ action: "create", service: greeter(["a"], "2.0.0") });
  expect(known.records.map(({ version }) => version)).toEqual(["2.0.0"]);
  known.apply({ action: "delete", service: greeter(["a"]) });
  expect(idsOf(known.records)).toEqual(["a"]);
});

test("a delete that names no version takes the node from any", () => {
  const known = view("a");
  known.apply({ action: "delete", service: greeter(["a"], "") });
  expect(known.records).toEqual([]);
});

test("an event without endpoints leaves them, a listing takes them", () => {
  const endpoints = [{ name: "Say.Hello", metadata: {} }];
  const known = new ServiceView(() => {});
  known.replace([{ ...greeter(["a"]), endpoints }]);
  known.apply({ action: "update", service: greeter(["b"]) });
  expect(known.records[0]?.endpoints).toEqual(endpoints);
  known.replace([greeter(["a"])]);
  expect(known.records[0]?.endpoints).toEqual([]);
});

test("an event of nothing changes nothing", () => {
  const known = view("a");
  const before = known.records;
  known.apply({ action: "create", service: greeter([]) });
  expect(known.records).toBe(before);
});

test("events in any order end where a listing of the same nodes does", () => {
  const event = fc.record({
    action: fc.constantFrom<RegistryEvent["action"]>("create", "update", "delete"),
    id: fc.constantFrom("a", "bb", "ccc"),
    version: fc.constantFrom("1", "2"),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const known = new ServiceView(() => {});
      const live = new Map<string, string>();
      for (const { action, id, version } of events) {
        known.apply({ action, service: greeter([id], version) });
        if (action !== "delete") live.set(id, version);
        else if (live.get(id) === version) live.delete(id);
      }
      const wanted = mergeRecords([...live].map(([id, version]) => greeter([id], version)));
      const sorted = (records: typeof wanted) =>
        records.flatMap(({ version, nodes }) => nodes.map(({ id }) => `${version} ${id}`)).sort();
      expect(sorted([...known.records])).toEqual(sorted(wanted));
      const before = known.records;
      known.replace(wanted);
      expect(known.records).toBe(before);
    }),
  );
});
