import { expect, test } from "@jest/globals";
import { OptionError, type Call } from "../../../src/spi.js";
import { layered } from "../../../test/support/layered.js";
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
  const abortable = (abort: AbortController) =>
    bench.outcome({ context: { signal: abort.signal } as Call["context"] });
  return { ...bench, end, abortable };
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
