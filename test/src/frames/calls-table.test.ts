import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { CallsTable, PeerCalls } from "../../../src/frames/calls-table.js";
import { maxCalls } from "../../../src/frames/protocol.js";

test("numbers count up by place, and tell uses of a place apart", () => {
  const table = new CallsTable<string>();
  const [first, second] = [table.add("a"), table.add("b")];
  expect([first % maxCalls, second % maxCalls]).toEqual([0, 1]);
  expect([table.get(first), table.get(second), table.size]).toEqual(["a", "b", 2]);
  expect(table.take(first)).toBe("a");
  const third = table.add("c");
  expect(third % maxCalls).toBe(0);
  expect(third).not.toBe(first);
  expect([table.get(first), table.take(first), table.get(third)]).toEqual([
    undefined,
    undefined,
    "c",
  ]);
});

test("what comes late for a call that is over finds nothing", () => {
  const table = new CallsTable<object>();
  const number = table.add({});
  table.take(number);
  expect([table.take(number), table.get(number), table.size]).toEqual([undefined, undefined, 0]);
  expect([table.get(0), table.get(4_294_967_295), table.take(12_345)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("it is full when every place is taken, and takes more when one is free again", () => {
  const table = new CallsTable<number>();
  const numbers = Array.from({ length: maxCalls }, (_, index) => table.add(index));
  expect([table.full, new Set(numbers.map((each) => each % maxCalls)).size]).toEqual([
    true,
    maxCalls,
  ]);
  table.take(numbers[77] ?? 0);
  expect(table.full).toBe(false);
  expect(table.add(1) % maxCalls).toBe(77);
});

test("a place's uses begin anew after 32,768 of them, within the 31 bits of a small integer", () => {
  const table = new CallsTable<number>();
  const seen = new Set<number>();
  for (let use = 0; use < 32_768; use++) {
    const number = table.add(use);
    if (table.take(number) === use) seen.add(number);
  }
  expect(seen.size).toBe(32_768);
  expect([...seen].every((number) => number >= 0 && number === (number | 0))).toBe(true);
  expect(seen.has(table.add(0))).toBe(true);
});

test("as a map, for both sides of a connection", () => {
  const step = fc.oneof(fc.constant("add" as const), fc.nat({ max: 30 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [ours, theirs] = [new CallsTable<number>(), new PeerCalls<number>()];
      const open = new Map<number, number>();
      const used: number[] = [];
      for (const [index, each] of steps.entries()) {
        if (each === "add") {
          const number = ours.add(index);
          expect(theirs.set(number, index)).toBe(true);
          expect(theirs.set(number, -1)).toBe(false);
          open.set(number, index);
          used.push(number);
        } else {
          const number = used[each % Math.max(1, used.length)];
          if (number === undefined) continue;
          const expected = open.get(number);
          expect([ours.get(number), theirs.get(number)]).toEqual([expected, expected]);
          expect([ours.take(number), theirs.take(number)]).toEqual([expected, expected]);
          open.delete(number);
        }
        expect([ours.size, theirs.size]).toEqual([open.size, open.size]);
      }
      expect(theirs.clear().toSorted()).toEqual([...open.values()].toSorted());
      expect(ours.clear().toSorted()).toEqual([...open.values()].toSorted());
      expect([ours.size, theirs.size, ours.clear(), theirs.clear()]).toEqual([0, 0, [], []]);
    }),
    { numRuns: 300, seed: 4 },
  );
});

test("a peer's number may lie up to 1,024 places beyond those seen", () => {
  const calls = new PeerCalls<string>();
  expect(calls.set(1_025, "far")).toBe(false);
  expect(calls.set(1_024, "near")).toBe(true);
  expect(calls.set(2_050, "far")).toBe(false);
  expect(calls.set(65_536 + 2_049, "next")).toBe(true);
  expect([calls.get(1_024), calls.get(2_049), calls.get(65_536 + 2_049), calls.size]).toEqual([
    "near",
    undefined,
    "next",
    2,
  ]);
});

test("another may take the place of a call that is there, of none else", () => {
  const calls = new PeerCalls<string>();
  calls.set(5, "opening");
  calls.replace(5, "serving");
  calls.replace(6, "stray");
  calls.replace(65_536 + 5, "later");
  expect([calls.get(5), calls.get(6), calls.size]).toEqual(["serving", undefined, 1]);
});
