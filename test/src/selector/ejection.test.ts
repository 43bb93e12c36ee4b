import { describe, expect, test } from "@jest/globals";
import {
  BadRequest,
  Canceled,
  InternalServerError,
  Unavailable,
} from "../../../src/base/errors.js";
import { Ejection, ejectionRule, type EjectionOptions } from "../../../src/selector/ejection.js";
import type { Selection } from "../../../src/selector/selector.js";

const lost = new Unavailable("", { reason: "transport.closed" });
const broken = new InternalServerError("");

function setUp(count: number, options: EjectionOptions = {}) {
  let time = 0;
  const ids = Array.from({ length: count }, (_, index) => `n${index}`);
  const service = { name: "s", version: "1", metadata: {}, endpoints: [], nodes: [] };
  const candidates = ids.map((id): Selection => ({
    node: { id, address: "h:1", metadata: {} },
    service,
  }));
  const ejection = new Ejection(
    { now: () => time, monotonic: () => time },
    ejectionRule("ejection", options),
  );
  ejection.retain(new Set(ids));
  const node = (index: number) => candidates[index]!.node;
  return {
    ejection,
    candidates,
    node,
    pass: (ms: number): void => void (time += ms),
    mark: (index: number, error?: unknown) =>
      ejection.mark(node(index), { latencyMs: 1, ...(error === undefined ? {} : { error }) }),
    out: (): number[] => {
      const available = new Set(ejection.available(candidates));
      return candidates.flatMap((each, index) => (available.has(each) ? [] : [index]));
    },
  };
}

describe("failed connections", () => {
  test("put a node out for a second at once", () => {
    const { mark, out, pass } = setUp(4);
    mark(0, lost);
    expect(out()).toEqual([0]);
    pass(999);
    expect(out()).toEqual([0]);
    pass(1);
    expect(out()).toEqual([]);
  });

  test("double the time up to 30 seconds while the probes fail", () => {
    const { mark, out, pass, ejection, node } = setUp(4);
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      mark(0, lost);
      pass(seconds * 1_000 - 1);
      expect(out()).toEqual([0]);
      pass(1);
      expect(out()).toEqual([]);
      ejection.drawn(node(0));
    }
    mark(0);
    mark(0, lost);
    pass(1_000);
    expect(out()).toEqual([]);
  });

  test("many at the same time count once", () => {
    const { mark, out, pass } = setUp(4);
    for (let call = 0; call < 50; call++) mark(0, lost);
    pass(1_000);
    expect(out()).toEqual([]);
  });
});

describe("faults of the node", () => {
  test("three without a success between put it out for 30 seconds after the latest", () => {
    const { mark, out, pass } = setUp(4);
    mark(0, broken);
    mark(0, broken);
    expect(out()).toEqual([]);
    mark(0, broken);
    expect(out()).toEqual([0]);
    pass(10_000);
    mark(0, broken);
    pass(29_999);
    expect(out()).toEqual([0]);
    pass(1);
    expect(out()).toEqual([]);
  });

  test("a success starts the count again", () => {
    const { mark, out } = setUp(4);
    for (let round = 0; round < 3; round++) {
      mark(0, broken);
      mark(0, broken);
      mark(0);
    }
    expect(out()).toEqual([]);
  });

  test("caller mistakes and cancelled calls neither count nor clear", () => {
    const { mark, out } = setUp(4);
    for (const error of [broken, new BadRequest(""), broken, new Canceled(""), broken])
      mark(0, error);
    expect(out()).toEqual([0]);
  });
});

describe("the share of faults", () => {
  test("puts a node out that fails half of ten attempts, in whatever order", () => {
    const { mark, out, pass } = setUp(4);
    for (let pair = 0; pair < 5; pair++) {
      expect(out()).toEqual([]);
      mark(0);
      mark(0, broken);
      pass(100);
    }
    mark(0, broken);
    expect(out()).toEqual([0]);
    pass(30_000);
    expect(out()).toEqual([]);
  });

  test("counts from a first fault on, for ten seconds", () => {
    const { mark, out, pass } = setUp(4);
    for (let call = 0; call < 40; call++) {
      mark(0, broken);
      mark(0);
      mark(0);
      mark(0);
      pass(100);
    }
    expect(out()).toEqual([]);
    pass(10_001);
    for (let pair = 0; pair < 4; pair++) {
      mark(0, broken);
      mark(0);
    }
    expect(out()).toEqual([]);
  });

  test("and everything else can be set", () => {
    const { mark, out, pass } = setUp(4, { faultRate: 0.2, attempts: 4, faultMs: 500 });
    mark(0, broken);
    mark(0);
    mark(0);
    mark(0, broken);
    expect(out()).toEqual([0]);
    pass(500);
    expect(out()).toEqual([]);
    for (const [options, named] of [
      [{ faultRate: 0 }, "faultRate"],
      [{ faultRate: 1.1 }, "faultRate"],
      [{ attempts: 0 }, "attempts"],
      [{ connectionMs: -1 }, "connectionMs"],
    ] as const)
      expect(() => ejectionRule("it", options)).toThrow(`it: ${named}`);
  });
});

describe("the way back", () => {
  test("leads through one probe, whose success brings full traffic", () => {
    const { mark, out, pass, ejection, node } = setUp(4);
    mark(0, lost);
    pass(1_000);
    expect(out()).toEqual([]);
    ejection.drawn(node(0));
    expect(out()).toEqual([0]);
    mark(0);
    expect(out()).toEqual([]);
  });

  test("a probe that fails puts the node out again, whatever failed", () => {
    const { mark, out, pass, ejection, node } = setUp(4);
    mark(0, lost);
    pass(1_000);
    ejection.drawn(node(0));
    mark(0, broken);
    expect(out()).toEqual([0]);
    pass(1_000);
    expect(out()).toEqual([]);
  });

  test("an answer to a caller's mistake is an answer", () => {
    const { mark, out, pass, ejection, node } = setUp(4);
    mark(0, lost);
    pass(1_000);
    ejection.drawn(node(0));
    mark(0, new BadRequest(""));
    ejection.drawn(node(0));
    expect(out()).toEqual([]);
  });

  test("a cancelled probe makes room for another", () => {
    const { mark, out, pass, ejection, node } = setUp(4);
    mark(0, lost);
    pass(1_000);
    ejection.drawn(node(0));
    mark(0, new Canceled(""));
    expect(out()).toEqual([]);
    ejection.drawn(node(0));
    expect(out()).toEqual([0]);
  });

  test("a probe of which nobody hears counts for 30 seconds", () => {
    const { mark, out, pass, ejection, node } = setUp(4);
    mark(0, lost);
    pass(1_000);
    ejection.drawn(node(0));
    pass(29_999);
    expect(out()).toEqual([0]);
    pass(1);
    expect(out()).toEqual([]);
  });
});

describe("bounds", () => {
  test.each([
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
  ])("of %d failing nodes at most %d are out", (count, most) => {
    const { mark, out } = setUp(count);
    for (let index = 0; index < count; index++) mark(index, lost);
    expect(out()).toHaveLength(most);
  });

  test("those with longest to wait stay out", () => {
    const { mark, out, pass } = setUp(4);
    for (const index of [2, 0, 3, 1]) {
      mark(index, lost);
      pass(10);
    }
    expect(out()).toEqual([1, 3]);
  });

  test("nodes that are gone are forgotten, and marks of unknown ones not kept", () => {
    const { mark, out, ejection } = setUp(4);
    mark(0, lost);
    ejection.retain(new Set(["n1"]));
    ejection.retain(new Set(["n0", "n1", "n2", "n3"]));
    expect(out()).toEqual([]);
    ejection.retain(new Set(["n1"]));
    mark(0, lost);
    expect(out()).toEqual([]);
  });

  test("the list is the same one until something changes", () => {
    const { mark, pass, ejection, candidates } = setUp(4);
    expect(ejection.available(candidates)).toBe(candidates);
    mark(0, lost);
    const list = ejection.available(candidates);
    pass(500);
    expect(ejection.available(candidates)).toBe(list);
    mark(1, new BadRequest(""));
    expect(ejection.available(candidates)).toBe(list);
    pass(500);
    expect(ejection.available(candidates)).toBe(candidates);
  });

  test("reset forgets", () => {
    const { mark, out, ejection } = setUp(4);
    mark(0, lost);
    ejection.reset();
    expect(out()).toEqual([]);
  });
});
