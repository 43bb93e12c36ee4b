import { describe, expect, test } from "@jest/globals";
import type { Selection } from "../../../src/spi.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { fromSettings } from "./index.js";
import { roundRobinStrategy } from "./round-robin-strategy.js";

const service = { name: "s", version: "1", metadata: {}, endpoints: [], nodes: [] };
const candidates = (...ids: readonly string[]): readonly Selection[] =>
  ids.map((id) => ({ node: { id, address: "h:1", metadata: {} }, service }));

function setUp() {
  const strategy = roundRobinStrategy(virtualWorld().environment());
  return (list: readonly Selection[], count: number): string =>
    Array.from({ length: count }, () => list[strategy(list, {})]?.node.id).join("");
}

/** The order, begun at its smallest letter. */
const fromA = (drawn: string): string =>
  drawn.slice(drawn.indexOf("a")) + drawn.slice(0, drawn.indexOf("a"));

describe("round robin", () => {
  test("draws each in turn, across calls", () => {
    const draw = setUp();
    const list = candidates("a", "b", "c");
    const first = draw(list, 3);
    expect(fromA(first)).toBe("abc");
    expect(draw(list, 6)).toBe(first + first);
  });

  test("goes on behind the last node when the candidates change", () => {
    const draw = setUp();
    const list = candidates("a", "b", "c");
    while (draw(list, 1) !== "a");
    expect(draw(candidates("a", "b", "c", "d"), 5)).toBe("bcdab");
    expect(draw(candidates("b", "d"), 3)).toBe("dbd");
  });

  test("calls with filters of their own do not take each other's turns", () => {
    const draw = setUp();
    const [all, some] = [candidates("a", "b"), candidates("c", "d")];
    const drawn = Array.from({ length: 6 }, () => [draw(all, 1), draw(some, 1)] as const);
    expect(new Set(drawn.map(([one]) => one)).size).toBe(2);
    expect(new Set(drawn.map(([, two]) => two)).size).toBe(2);
  });

  test("endpoints that are called by turns come to every node, each for itself", () => {
    const strategy = roundRobinStrategy(virtualWorld().environment());
    const list = candidates("a", "b");
    const drawn = Array.from({ length: 6 }, () =>
      ["Say.Hello", "Say.Bye"].map((endpoint) => strategy(list, { endpoint })),
    );
    for (const endpoint of [0, 1])
      expect(drawn.map((indexes) => indexes[endpoint]).sort()).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test("the rounds of 256 endpoints are kept; with one more, all begin anew by lot", () => {
    let lots = 0;
    const random = { ...virtualWorld().environment().random, next: () => ((lots += 1), 0) };
    const strategy = roundRobinStrategy({ random });
    const list = candidates("a", "b", "c");
    const call = (number: number): number => strategy(list, { endpoint: `Endpoint.${number}` });
    for (let number = 0; number < 256; number += 1) expect(call(number)).toBe(0);
    expect([call(0), call(0), lots]).toEqual([1, 2, 256]);
    call(256);
    expect([call(0), lots]).toEqual([0, 258]);
  });

  test("begins anywhere, so that clients do not march in step", () => {
    const environment = virtualWorld().environment();
    const list = candidates("a", "b", "c");
    const first = new Set(
      Array.from({ length: 50 }, () => roundRobinStrategy(environment)(list, {})),
    );
    expect(first.size).toBe(3);
  });
});

test("its settings need nothing", () => {
  expect(fromSettings({ addresses: [] }).name).toBe("round-robin");
});
