import { describe, expect, test } from "@jest/globals";
import { OptionError } from "../../../src/spi.js";
import { contextOf, layered } from "../../../test/support/layered.js";
import { bulkhead, type BulkheadOptions } from "./index.js";

function setUp(options: BulkheadOptions) {
  const bench = layered(bulkhead(options));
  const ends: ((reply: string) => void)[] = [];
  bench.inner.then = () => new Promise((resolve) => ends.push(resolve));
  /** Ends the call that has been under way for longest. */
  const end = async (reply = "done"): Promise<void> => {
    ends.shift()?.(reply);
    await bench.clock.settle();
  };
  const abortable = (abort: AbortController) => bench.outcome({ context: contextOf(abort.signal) });
  /** A call with so many milliseconds to its deadline. */
  const limited = (ms: number) => {
    const deadlineAt = bench.clock.monotonic() + ms;
    const left = (): number => deadlineAt - bench.clock.monotonic();
    return bench.outcome({ context: contextOf(undefined, left) });
  };
  return { ...bench, end, abortable, limited };
}

test("so many calls are under way, so many wait their turn, others are refused", async () => {
  const { inner, outcome, call, end, clock } = setUp({ concurrent: 2, queue: 1 });
  const running = [outcome(), outcome()];
  const waiting = outcome();
  await expect(call()).rejects.toMatchObject({
    code: 429,
    reason: "bulkhead.full",
    retry: "safe",
    message: expect.stringContaining("shop: 2 calls are under way and 1 wait"),
  });
  await clock.settle();
  expect(inner.calls).toBe(2);
  await end("one");
  expect(inner.calls).toBe(3);
  await end("two");
  await end("three");
  expect(await Promise.all([...running, waiting])).toEqual(["one", "two", "three"]);
  const next = outcome();
  await end("four");
  expect(await next).toBe("four");
});

test("who gives up waiting leaves the line with the reason", async () => {
  const { inner, outcome, abortable, end } = setUp({ concurrent: 1, queue: 2 });
  const first = outcome();
  const abort = new AbortController();
  const given = abortable(abort);
  const last = outcome();
  abort.abort(new Error("too late"));
  expect(await given).toBe("too late");
  await end();
  await end();
  expect(await Promise.all([first, last])).toEqual(["done", "done"]);
  expect(inner.calls).toBe(2);
  const gone = new AbortController();
  gone.abort(new Error("never"));
  const busy = outcome();
  expect(await abortable(gone)).toBe("never");
  await end();
  await busy;
});

describe("a deadline", () => {
  /** One place, taken just now; the calls before stayed for 100 ms each. */
  async function busy() {
    const bench = setUp({ concurrent: 1, queue: 10 });
    void bench.outcome();
    for (let count = 0; count < 10; count++) {
      void bench.outcome();
      await bench.clock.advance(100);
      await bench.end();
    }
    return bench;
  }

  test("that the turn would miss lets nobody into the line", async () => {
    const { limited, call, clock, end, inner } = await busy();
    const before = inner.calls;
    expect(await limited(150)).toBe("bulkhead.late");
    const first = limited(250);
    expect(await limited(250)).toBe("bulkhead.late");
    const second = limited(350);
    await expect(call({ context: contextOf(undefined, () => 10) })).rejects.toMatchObject({
      code: 429,
      retry: "safe",
      message: expect.stringMatching(/shop: .* 10 ms are left .* about 400 ms/),
    });
    for (const reply of ["holder", "one", "two"]) {
      await clock.advance(100);
      await end(reply);
    }
    expect(await Promise.all([first, second])).toEqual(["one", "two"]);
    expect(inner.calls).toBe(before + 2);
  });

  test("that is too near when the turn comes leaves it to the next", async () => {
    const { limited, outcome, clock, end, inner } = await busy();
    const before = inner.calls;
    const near = limited(250);
    const far = outcome();
    await clock.advance(200);
    await end("holder");
    expect(await near).toBe("bulkhead.late");
    await end("far");
    expect(await far).toBe("far");
    expect(inner.calls).toBe(before + 1);
  });

  test("counts for nothing while nobody knows how long calls stay", async () => {
    const { limited, outcome, clock, end } = setUp({ concurrent: 1, queue: 1 });
    const holder = outcome();
    const waiting = limited(1);
    await clock.advance(1);
    await end("holder");
    await end("waiting");
    expect(await Promise.all([holder, waiting])).toEqual(["holder", "waiting"]);
  });
});

test("a call that fails gives its place back", async () => {
  const { inner, outcome } = setUp({ concurrent: 1 });
  inner.then = () => Promise.reject(new Error("broken"));
  expect([await outcome(), await outcome()]).toEqual(["broken", "broken"]);
});

test("each key has a compartment of its own", async () => {
  const { outcome, end } = setUp({ concurrent: 1 });
  const shop = outcome();
  const bank = outcome({ service: "bank" });
  expect(await outcome()).toBe("bulkhead.full");
  await end();
  await end();
  expect(await Promise.all([shop, bank])).toEqual(["done", "done"]);
});

test.each([[{ concurrent: 0 }], [{ concurrent: 1, queue: -1 }]])("refuses %p", (options) => {
  expect(() => bulkhead(options)).toThrow(OptionError);
});
