import { describe, expect, test } from "@jest/globals";
import { Progress } from "./progress.js";

/** Takes these offsets, which must be new, and answers what settles them. */
const take = (progress: Progress, ...offsets: number[]) =>
  offsets.map((offset) => progress.take(offset)!);

describe("the progress in a partition", () => {
  test("commits up to the first record that is not settled", () => {
    const progress = new Progress();
    expect(progress.toCommit()).toBeUndefined();
    const [five, six, seven] = take(progress, 5, 6, 7);
    expect(progress.toCommit()).toBe(5);
    progress.settle(six!);
    progress.settle(seven!);
    expect([progress.toCommit(), progress.ahead]).toEqual([5, 2]);
    progress.settle(five!);
    expect(progress.toCommit()).toBe(8);
    progress.hasCommitted(8);
    expect([progress.toCommit(), progress.ahead]).toEqual([undefined, 0]);
  });

  test("passes records that are no messages, and gaps", () => {
    const progress = new Progress();
    const [taken] = take(progress, 3);
    progress.reached(9);
    expect(progress.toCommit()).toBe(3);
    progress.settle(taken!);
    expect(progress.toCommit()).toBe(9);
  });

  test("takes nothing twice that is in hand or settled when the partition is read again", () => {
    const progress = new Progress();
    const [, one] = take(progress, 0, 1, 2);
    progress.settle(one!);
    progress.restart();
    expect(progress.toCommit()).toBeUndefined();
    expect([progress.take(0), progress.take(1), progress.take(2)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(progress.take(3)).toMatchObject({ offset: 3 });
    expect(progress.toCommit()).toBe(0);
  });

  test("takes again what was dropped, and ignores the earlier taking", () => {
    const progress = new Progress();
    const [first] = take(progress, 0);
    progress.drop(first!);
    expect(progress.holds(first!)).toBe(false);
    progress.restart();
    const [again] = take(progress, 0);
    progress.settle(first!);
    expect(progress.toCommit()).toBe(0);
    progress.settle(again!);
    expect(progress.toCommit()).toBe(1);
  });

  test("keeps of a partition that it loses only what a handler has", () => {
    const progress = new Progress();
    const [running, waiting] = take(progress, 0, 1);
    running!.isRunning = true;
    progress.lose();
    expect([running, waiting].map((taken) => progress.holds(taken!))).toEqual([true, false]);
    progress.restart();
    expect(progress.take(0)).toBeUndefined();
    expect(progress.take(1)).toBeDefined();
  });

  test("forgets what the group has passed while the partition was somebody else's", () => {
    const progress = new Progress();
    const [old] = take(progress, 0, 1);
    progress.restart();
    take(progress, 40);
    expect(progress.toCommit()).toBe(40);
    progress.settle(old!);
    expect(progress.ahead).toBe(0);
    expect(progress.isIdle).toBe(false);
  });
});
