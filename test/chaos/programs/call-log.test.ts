import { describe, expect, test } from "@jest/globals";
import { CallLog } from "./call-log.js";

const served = (node: string) => ({ idempotent: true, node });
const lost = { idempotent: true, reason: "transport.closed" };

describe("the log of calls", () => {
  test("counts what was begun in the span, by fate", () => {
    const log = new CallLog();
    log.add(99, 500, lost); // before it
    log.add(100, 1, served("a"));
    log.add(150, 3, served("b"));
    log.add(151, 9, lost);
    log.add(152, 4, lost);
    log.add(200, 700, served("a")); // after it
    expect(log.figures(100, 200)).toEqual({
      calls: 4,
      failures: [{ reason: "transport.closed", idempotent: true, count: 2, longestMs: 9 }],
      longestMs: 9,
      p50Ms: 4,
      p99Ms: 9,
      byNode: { a: 1, b: 1 },
    });
  });

  test("keeps apart what is idempotent and what is not", () => {
    const log = new CallLog();
    log.add(1, 1, lost);
    log.add(2, 1, { ...lost, idempotent: false });
    expect(log.figures(0, 10).failures.map(({ idempotent }) => idempotent)).toEqual([true, false]);
  });

  test("is right again after the last failure, and once every node has served", () => {
    const log = new CallLog();
    log.add(90, 1, lost); // begun before it
    log.add(110, 1, served("a"));
    expect(log.rightAgainMs(100, ["a"])).toBe(10);
    log.add(130, 5_000, lost);
    expect(log.rightAgainMs(100, ["a"])).toBe(30);
    expect(log.rightAgainMs(100, ["a", "b"])).toBeUndefined();
    log.add(160, 1, served("b"));
    log.add(170, 1, served("b"));
    expect(log.rightAgainMs(100, ["a", "b"])).toBe(60);
  });

  test("holds more calls than it was made for", () => {
    const log = new CallLog();
    for (let call = 0; call < 150_000; call++) log.add(call, 1, served("a"));
    log.add(150_000, 2, lost);
    const { calls, byNode, failures } = log.figures(0, Number.MAX_VALUE);
    expect({ calls, byNode, lost: failures[0]?.count }).toEqual({
      calls: 150_001,
      byNode: { a: 150_000 },
      lost: 1,
    });
  });
});
