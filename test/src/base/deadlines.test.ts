import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Deadlines, Limited } from "../../../src/base/deadlines.js";
import { virtualWorld } from "../../support/virtual-environment.js";

class Item extends Limited {
  constructor(
    readonly name: number,
    private readonly told: (item: Item) => void,
  ) {
    super();
  }

  expired(): void {
    this.told(this);
  }
}

function setUp() {
  const environment = virtualWorld();
  const { clock } = environment;
  const expired: (readonly [name: number, at: number])[] = [];
  const started = clock.monotonic();
  const deadlines = new Deadlines({ clock, timers: clock.timers });
  let made = 0;
  const tell = ({ name }: Item): void => void expired.push([name, clock.monotonic() - started]);
  const add = (ms: number, told = tell): Item => {
    const item = new Item(made++, told);
    deadlines.add(item, ms, clock.monotonic());
    return item;
  };
  return { clock, deadlines, add, expired };
}

test("limits expire in the order of their time, not of their making", async () => {
  const { clock, add, expired } = setUp();
  for (const ms of [30, 10, 20]) add(ms);
  await clock.advance(9);
  expect(expired).toEqual([]);
  await clock.advance(100);
  expect(expired).toEqual([
    [1, 10],
    [2, 20],
    [0, 30],
  ]);
  expect(clock.waiting).toBe(0);
});

test("those of equal length keep their order and share one timer", async () => {
  const { clock, add, expired } = setUp();
  for (let count = 0; count < 100; count++) {
    add(50);
    await clock.advance(1);
  }
  expect(clock.waiting).toBe(1);
  await clock.advance(100);
  expect(expired).toEqual(Array.from({ length: 100 }, (_, name) => [name, name + 50]));
  expect(clock.waiting).toBe(0);
});

test("what is taken back does not expire, wherever it stands", async () => {
  const { clock, deadlines, add, expired } = setUp();
  const [first, , middle, , last] = [1, 2, 3, 4, 5].map(() => add(10));
  for (const item of [first, middle, last, middle]) if (item) deadlines.remove(item);
  await clock.advance(10);
  expect(expired.map(([name]) => name)).toEqual([1, 3]);
});

test("a limit may be taken back, and others added, while one expires", async () => {
  const { clock, deadlines, add, expired } = setUp();
  add(10, () => {
    deadlines.remove(second);
    add(10);
  });
  const second = add(10);
  await clock.advance(25);
  expect(expired).toEqual([[2, 20]]);
});

test("a part of a millisecond counts as a whole one, and less than nothing as nothing", async () => {
  const { clock, add, expired } = setUp();
  add(9.2);
  add(-5);
  await clock.advance(20);
  expect(expired).toEqual([
    [1, 0],
    [0, 10],
  ]);
});

test("nothing expires after the end, and no timer is left", async () => {
  const { clock, deadlines, add, expired } = setUp();
  for (const ms of [1, 2, 2, 3]) add(ms);
  deadlines.close();
  expect(clock.waiting).toBe(0);
  await clock.advance(10);
  expect(expired).toEqual([]);
});

test("limits of many lengths that were taken back leave few timers", () => {
  const { clock, deadlines, add } = setUp();
  for (let ms = 1; ms <= 20_000; ms++) deadlines.remove(add(1_000_000 + ms));
  expect(clock.waiting).toBeLessThanOrEqual(1_024);
});

test("as a naive model: each expires once, within a millisecond of its time", async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ add: fc.integer({ min: 0, max: 40 }) }) },
    { weight: 2, arbitrary: fc.record({ remove: fc.nat({ max: 100 }) }) },
    { weight: 2, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 15 }) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, deadlines, add, expired } = setUp();
      const items: Item[] = [];
      const due = new Map<number, number>();
      let now = 0;
      const pass = async (ms: number): Promise<void> => {
        await clock.advance(ms);
        now += ms;
        const [late, early] = [now - 1, now];
        const told = new Map(expired);
        expect(expired).toHaveLength(told.size);
        for (const [name, at] of told) {
          expect(at).toBeGreaterThanOrEqual(due.get(name) ?? Number.POSITIVE_INFINITY);
          expect(at).toBeLessThanOrEqual((due.get(name) ?? 0) + 1);
        }
        for (const [name, at] of due) if (at <= late) expect(told.has(name)).toBe(true);
        for (const [name, at] of due) if (at > early) expect(told.has(name)).toBe(false);
      };
      for (const each of steps) {
        if ("add" in each) {
          const item = add(each.add);
          items.push(item);
          due.set(item.name, now + each.add);
        } else if ("pass" in each) await pass(each.pass);
        else {
          const item = items[each.remove % Math.max(1, items.length)];
          if (!item) continue;
          deadlines.remove(item);
          if (!expired.some(([name]) => name === item.name)) due.delete(item.name);
        }
      }
      await pass(50);
      expect(clock.waiting).toBe(0);
    }),
    { numRuns: 150, seed: 7 },
  );
});
