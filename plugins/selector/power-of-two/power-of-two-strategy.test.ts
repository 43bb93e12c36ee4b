import { describe, expect, test } from "@jest/globals";
import { BadRequest, Canceled, Unavailable, type Selection } from "../../../src/spi.js";
import { seededRandom } from "../../../test/support/seeded-random.js";
import { PowerOfTwoStrategy } from "./power-of-two-strategy.js";

const rule = { decayMs: 5_000, slowStartMs: 10_000 };

function setUp(...ids: readonly string[]) {
  let time = 1_000_000;
  const random = seededRandom(7);
  const clock = { now: () => time, monotonic: () => time };
  const strategy = new PowerOfTwoStrategy({ clock, random }, rule);
  const service = { name: "s", version: "1", metadata: {}, endpoints: [], nodes: [] };
  const known = new Map<string, Selection>();
  let candidates: readonly Selection[] = [];
  const have = (...names: readonly string[]): void => {
    for (const id of names)
      if (!known.has(id)) known.set(id, { node: { id, address: "h:1", metadata: {} }, service });
    candidates = names.map((id) => known.get(id)!);
    strategy.retain(new Set(names));
  };
  have(...ids);
  const draw = (): string => candidates[strategy.choose(candidates)]!.node.id;
  const mark = (id: string, latencyMs: number, error?: unknown): void =>
    strategy.mark(known.get(id)!.node, { latencyMs, ...(error !== undefined && { error }) });
  /** How many of so many calls, one after the other, go to each. */
  const shares = (calls: number, latencyOf: (id: string) => number): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (let call = 0; call < calls; call++) {
      const id = draw();
      counts[id] = (counts[id] ?? 0) + 1;
      mark(id, latencyOf(id));
    }
    return counts;
  };
  return { have, draw, mark, shares, strategy, random, pass: (ms: number) => void (time += ms) };
}

describe("equal nodes", () => {
  test("get equal shares, whatever the differences below a millisecond", () => {
    const { shares, random } = setUp("a", "b", "c", "d");
    for (const count of Object.values(shares(8_000, () => random.next()))) {
      expect(count).toBeGreaterThan(1_700);
      expect(count).toBeLessThan(2_300);
    }
  });

  test("fill evenly when nothing answers", () => {
    const { draw } = setUp("a", "b", "c");
    const counts: Record<string, number> = {};
    for (let call = 0; call < 300; call++) {
      const id = draw();
      counts[id] = (counts[id] ?? 0) + 1;
    }
    for (const count of Object.values(counts)) expect(Math.abs(count - 100)).toBeLessThan(15);
  });
});

describe("a slow node", () => {
  test("is left alone by calls one after the other, once it was seen", () => {
    const { shares } = setUp("slow", "b", "c");
    expect(shares(1_000, (id) => (id === "slow" ? 50 : 1))["slow"]).toBeLessThan(5);
  });

  test("is tried again when its latency is old", () => {
    const { shares, mark, pass } = setUp("slow", "b");
    mark("slow", 50);
    expect(shares(50, () => 1)["slow"]).toBeUndefined();
    pass(60_000);
    expect(shares(50, () => 1)["slow"]).toBeGreaterThan(10);
  });

  test("gets calls when the others have so many", () => {
    const { draw, mark } = setUp("slow", "b");
    mark("slow", 4);
    mark("b", 2);
    const first = Array.from({ length: 3 }, draw);
    expect(first.filter((id) => id === "slow")).toHaveLength(1);
  });
});

describe("errors", () => {
  test("make nobody faster", () => {
    const { mark, shares } = setUp("broken", "b");
    mark("broken", 40);
    for (let call = 0; call < 20; call++) mark("broken", 0, new Unavailable("no"));
    expect(shares(50, () => 20)["broken"]).toBeUndefined();
  });

  test("that are the caller's are answers", () => {
    const { mark, shares, pass } = setUp("a", "b");
    mark("a", 40);
    pass(5_000);
    for (let call = 0; call < 50; call++) {
      pass(1_000);
      mark("a", 1, new BadRequest("no"));
    }
    expect(shares(100, () => 1)["a"]).toBeGreaterThan(25);
  });

  test("calls that were given up count as long as they took", () => {
    const { mark, shares } = setUp("hung", "b");
    mark("hung", 500, new Canceled("enough"));
    expect(shares(100, () => 1)["hung"]).toBeUndefined();
  });
});

describe("a node that comes later", () => {
  test("gets more and more of its share", () => {
    const { have, shares, pass } = setUp("a", "b");
    shares(10, () => 1);
    have("a", "b", "new");
    const share = (): number => shares(3_000, () => 1)["new"]! / 3_000;
    const start = share();
    pass(5_000);
    const half = share();
    pass(5_000);
    const whole = share();
    expect(start).toBeLessThan(0.1);
    expect(half).toBeGreaterThan(start);
    expect(half).toBeLessThan(whole);
    expect(whole).toBeGreaterThan(0.3);
  });

  test("finds no load on the one that was alone meanwhile", () => {
    const { have, draw, mark, shares, pass } = setUp("a", "b");
    const drawn = Array.from({ length: 20 }, draw);
    have("a"); // the others are gone, and the calls under way end
    for (const id of drawn.filter((each) => each === "a")) mark(id, 1);
    have("a", "b");
    pass(60_000);
    expect(shares(1_000, () => 1)["a"]).toBeGreaterThan(400);
  });

  test("takes everything where it is the only one", () => {
    const { have, draw } = setUp("a");
    have("new");
    expect(draw()).toBe("new");
  });
});

test("what was learnt can be forgotten", () => {
  const { mark, shares, strategy } = setUp("a", "b");
  mark("a", 500);
  strategy.reset();
  expect(shares(100, () => 1)["a"]).toBeGreaterThan(25);
});

test("marks of nodes that are gone do nothing", () => {
  const { have, mark, draw } = setUp("a", "b");
  have("b");
  mark("a", 1);
  expect(draw()).toBe("b");
});

/** Calls that arrive by lot, nodes that work on one call at a time: milliseconds that the slowest of 100 takes. */
function ninetyNinth(slowest: number): number {
  let time = 0;
  const random = seededRandom(11);
  const clock = { now: () => time, monotonic: () => time };
  const strategy = new PowerOfTwoStrategy({ clock, random }, rule);
  const service = { name: "s", version: "1", metadata: {}, endpoints: [], nodes: [] };
  const candidates = ["a", "b", "c", "d", "e"].map((id): Selection => ({
    node: { id, address: "h:1", metadata: {} },
    service,
  }));
  strategy.retain(new Set(candidates.map(({ node }) => node.id)));
  const exponential = (mean: number): number => -mean * Math.log(1 - random.next());
  const freeAt = candidates.map(() => 0);
  const ends: { at: number; index: number; latencyMs: number }[] = [];
  const latencies: number[] = [];
  for (let call = 0; call < 40_000; call++) {
    time += exponential(5); // a tenth of what five healthy nodes can do
    ends.sort((left, right) => left.at - right.at);
    while (ends[0] && ends[0].at <= time) {
      const { index, latencyMs } = ends.shift()!;
      strategy.mark(candidates[index]!.node, { latencyMs });
    }
    const index = strategy.choose(candidates);
    const begins = Math.max(time, freeAt[index]!);
    const at = (freeAt[index] = begins + exponential(index === 0 ? 2.5 * slowest : 2.5));
    ends.push({ at, index, latencyMs: at - time });
    latencies.push(at - time);
  }
  latencies.sort((left, right) => left - right);
  return latencies[Math.floor(latencies.length * 0.99)]!;
}

test("with one of five nodes 50 times slower, the 99th percentile is at most twice that of five healthy ones", () => {
  expect(ninetyNinth(50)).toBeLessThan(2 * ninetyNinth(1));
});
