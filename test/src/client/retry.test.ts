import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { errorStatus, type ErrorCode } from "../../../src/base/error-code.js";
import { rpcError, Unavailable } from "../../../src/base/errors.js";
import { inBegunCall } from "../../../src/client/begun-call.js";
import { ReadOnce } from "../../../src/client/read-once.js";
import { RetryBudget } from "../../../src/client/retry-budget.js";
import { backoffMs, foundNobody, mayRetry } from "../../../src/client/retry.js";
import { seededRandom } from "../../support/seeded-random.js";

const codes = Object.keys(errorStatus).map(Number) as ErrorCode[];

describe("a failed attempt", () => {
  test.each(codes)("with code %d is made again only if it is safe or idempotent", (code) => {
    const nodeFailed = [408, 502, 503, 504].includes(code);
    expect(mayRetry(rpcError(code, "x", { retry: "safe" }), false)).toBe(true);
    expect(mayRetry(rpcError(code, "x"), false)).toBe(false);
    expect(mayRetry(rpcError(code, "x"), true)).toBe(nodeFailed);
    expect(mayRetry(rpcError(code, "x", { retry: "never" }), true)).toBe(false);
  });

  test("with an error that is not ours is not made again", () => {
    expect(mayRetry(new Error("x"), true)).toBe(false);
    expect(mayRetry(undefined, true)).toBe(false);
  });
});

test("pauses double up to a second, each with full jitter", () => {
  const most = { next: () => 1, uuid: () => "" };
  expect([1, 2, 3, 7, 8, 50].map((retry) => backoffMs(retry, most))).toEqual([
    10, 20, 40, 640, 1_000, 1_000,
  ]);
  const random = seededRandom(7);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), (retry) => {
      const ms = backoffMs(retry, random);
      expect(ms >= 0 && ms < 1_000).toBe(true);
    }),
  );
});

describe("the retry budget", () => {
  const spendAll = (budget: RetryBudget): number => {
    let spent = 0;
    while (budget.spend()) spent++;
    return spent;
  };

  test("allows a burst of ten, then one for ten calls", () => {
    const budget = new RetryBudget();
    expect(spendAll(budget)).toBe(10);
    for (let calls = 0; calls < 9; calls++) budget.earn(0);
    expect(spendAll(budget)).toBe(0);
    for (let calls = 0; calls < 2; calls++) budget.earn(0);
    expect(spendAll(budget)).toBe(1);
  });

  test("takes back what was not used, within what it may hold", () => {
    const budget = new RetryBudget();
    budget.refund();
    expect(spendAll(budget)).toBe(10);
    budget.refund();
    expect(spendAll(budget)).toBe(1);
  });

  test("saves no more than it may hold", () => {
    const budget = new RetryBudget({ least: 2, perCall: 0.5 });
    for (let calls = 0; calls < 100; calls++) budget.earn(0);
    expect(spendAll(budget)).toBe(2);
    budget.earn(0);
    budget.earn(0);
    expect(spendAll(budget)).toBe(1);
  });

  /** So many calls a second, from one time to another. */
  const traffic = (budget: RetryBudget, perSecond: number, from: number, to: number): void => {
    for (let at = from; at < to; at += 1_000 / perSecond) budget.earn(at);
  };

  test("saves what ten seconds of calls earn, and grows to that little by little", () => {
    const budget = new RetryBudget();
    traffic(budget, 1_000, 0, 2_000);
    const early = spendAll(budget);
    expect(early).toBeGreaterThan(100);
    expect(early).toBeLessThan(115);
    traffic(budget, 1_000, 2_000, 60_000);
    const spent = spendAll(budget);
    expect(spent).toBeGreaterThan(990);
    expect(spent).toBeLessThanOrEqual(1_000);
  });

  test("forgets its savings when the traffic has gone down", () => {
    const budget = new RetryBudget();
    traffic(budget, 1_000, 0, 20_000);
    traffic(budget, 1, 20_000, 23_000);
    expect(spendAll(budget)).toBe(10);
  });
});

describe("an attempt that found nobody", () => {
  test.each([
    ["server.draining", true],
    ["transport.connect-failed", true],
    ["transport.connect-timeout", true],
    ["transport.closed", true],
    ["server.overloaded", false],
    ["server.concurrency", false],
    ["transport.busy", false],
    [undefined, false],
  ] as const)("%s: %s", (reason, nobody) => {
    const options = reason === undefined ? {} : { reason };
    expect(foundNobody(new Unavailable("x", { ...options, retry: "safe" }))).toBe(nobody);
    expect(foundNobody(new Unavailable("x", options))).toBe(false);
  });
});

test("inside of a call that has begun, nothing is safe any more", () => {
  const safe = new Unavailable("x", { retry: "safe", reason: "a.b" });
  const error = inBegunCall(safe) as Unavailable;
  expect(error).toBeInstanceOf(Unavailable);
  expect(error).toMatchObject({ retry: undefined, reason: "a.b", detail: "x", code: 503 });
  expect(safe.retry).toBe("safe");
  const never = new Unavailable("x", { retry: "never" });
  expect(inBegunCall(never)).toBe(never);
  expect(inBegunCall("x")).toBe("x");
});

test("a stream of requests tells when its reading begins", async () => {
  const requests = new ReadOnce(
    (async function* () {
      yield await Promise.resolve(1);
    })(),
  );
  expect(requests.begun).toBe(false);
  const items: unknown[] = [];
  for await (const item of requests) items.push(item);
  expect([requests.begun, items]).toEqual([true, [1]]);
});
