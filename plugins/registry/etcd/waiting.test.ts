import { describe, expect, test } from "@jest/globals";
import { Unavailable } from "../../../src/spi.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { inParallel } from "./in-parallel.js";
import { limit, orAborted } from "./limit.js";
import { Turns } from "./turns.js";
import { whileAnswering } from "./while-answering.js";

describe("a limit", () => {
  const late = () => new Unavailable("late");
  const { clock, environment } = virtualWorld();
  const { timers } = environment();

  test("ends by time", async () => {
    const { signal } = limit(timers, 100, late, []);
    await clock.advance(99);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ code: 503 });
  });

  test("ends by a signal, even one of long ago", () => {
    const abort = new AbortController();
    const closed = () => new Unavailable("closed");
    const bound = limit(timers, 100, late, [{ signal: abort.signal }, { signal: undefined }]);
    abort.abort();
    expect(bound.signal.reason).toMatchObject({ code: 499 });
    bound.end();
    const again = limit(timers, 100, late, [{ signal: abort.signal, error: closed }]);
    expect(again.signal.reason).toMatchObject({ message: "closed" });
    again.end();
  });

  test("that is not needed any more does not end", async () => {
    const abort = new AbortController();
    const bound = limit(timers, 100, late, [{ signal: abort.signal }]);
    bound.end();
    abort.abort();
    await clock.advance(100);
    expect(bound.signal.aborted).toBe(false);
    expect(clock.waiting).toBe(0);
  });
});

test("a promise is as late as its signal at most", async () => {
  const abort = new AbortController();
  expect(await orAborted(Promise.resolve(1), abort.signal)).toBe(1);
  const waiting = orAborted(new Promise(() => undefined), abort.signal);
  abort.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(orAborted(new Promise(() => undefined), abort.signal)).rejects.toThrow("enough");
});

describe("long work", () => {
  const { clock, environment } = virtualWorld();
  const { timers } = environment();

  test("is waited for as long as there are answers", async () => {
    let finish = (_: string): void => {};
    let asked = 0;
    const work = new Promise<string>((resolve) => (finish = resolve));
    const waiting = whileAnswering(work, async () => void (asked += 1), 100, timers);
    await clock.advance(1_000);
    expect(asked).toBe(11);
    finish("done");
    expect(await waiting).toBe("done");
    expect(clock.waiting).toBe(0);
  });

  test("is given up with the answers", async () => {
    let asked = 0;
    const ask = () => ((asked += 1) > 2 ? Promise.reject(new Error("gone")) : Promise.resolve());
    const waiting = whileAnswering(new Promise(() => undefined), ask, 100, timers);
    const failing = expect(waiting).rejects.toThrow("gone");
    await clock.advance(300);
    await failing;
  });

  test("that fails says why", async () => {
    const ask = () => new Promise<void>(() => undefined);
    const work = Promise.reject(new Error("wrong"));
    await expect(whileAnswering(work, ask, 100, timers)).rejects.toThrow("wrong");
  });
});

test("work for one key is done in turn, for others meanwhile, whatever fails", async () => {
  const turns = new Turns();
  const done: string[] = [];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const work = (name: string, wait?: Promise<void>) => async () => {
    await wait;
    done.push(name);
    if (name === "a2") throw new Error("a2");
    return name;
  };
  const a1 = turns.run("a", work("a1", held));
  const a2 = turns.run("a", work("a2"));
  const a3 = turns.run("a", work("a3"));
  expect(await turns.run("b", work("b1"))).toBe("b1");
  expect(done).toEqual(["b1"]);
  release();
  await expect(a2).rejects.toThrow("a2");
  expect([await a1, await a3]).toEqual(["a1", "a3"]);
  await turns.idle();
  expect(done).toEqual(["b1", "a1", "a2", "a3"]);
});

test("work in parallel is as wide as told, tries everything and tells the first failure", async () => {
  let [running, most] = [0, 0];
  const done: number[] = [];
  const work = inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, (running += 1));
    await Promise.resolve();
    running -= 1;
    done.push(item);
    if (item % 3 === 0) throw new Error(`${item}`);
  });
  await expect(work).rejects.toThrow("3");
  expect([most, done.length]).toEqual([3, 7]);
  await inParallel([], 3, () => Promise.reject(new Error("never")));
});
