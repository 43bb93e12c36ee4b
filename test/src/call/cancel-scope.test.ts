import { expect, test } from "@jest/globals";
import { Canceled, Timeout } from "../../../src/base/errors.js";
import { CancelScope } from "../../../src/call/cancel-scope.js";
import { CallContext } from "../../../src/call/context.js";
import { orCancelled } from "../../../src/call/or-cancelled.js";
import { noMetadata } from "../../../src/base/metadata.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const first = new Canceled("the first");
const second = new Timeout("the second");

test("one reason is told once to all who asked", () => {
  const scope = new CancelScope();
  const heard: unknown[] = [];
  scope.onCancel((reason) => heard.push(["a", reason]));
  const untie = scope.onCancel((reason) => heard.push(["b", reason]));
  scope.onCancel((reason) => heard.push(["c", reason]));
  untie();
  untie();
  expect(scope.reason).toBeUndefined();
  scope.cancel(first);
  scope.cancel(second);
  untie();
  expect(heard).toEqual([
    ["a", first],
    ["c", first],
  ]);
  expect(scope.reason).toBe(first);
});

test("who asks late is told at once", () => {
  const scope = new CancelScope();
  scope.cancel(first);
  const heard: unknown[] = [];
  scope.onCancel((reason) => heard.push(reason))();
  expect(heard).toEqual([first]);
});

test("its signal aborts, whether it was read before or after", () => {
  const early = new CancelScope();
  const { signal } = early;
  expect(signal.aborted).toBe(false);
  expect(early.signal).toBe(signal);
  early.cancel(first);
  expect([signal.aborted, signal.reason]).toEqual([true, first]);
  const late = new CancelScope();
  late.cancel(second);
  expect([late.signal.aborted, late.signal.reason]).toEqual([true, second]);
});

test("work under a context ends with it, or as it ends itself", async () => {
  const { clock } = virtualWorld();
  const context = new CallContext(clock, noMetadata, clock.monotonic() + 100);
  await expect(orCancelled(context, Promise.resolve(1))).resolves.toBe(1);
  await expect(orCancelled(context, Promise.reject(second))).rejects.toBe(second);
  const waiting = orCancelled(context, new Promise(() => undefined));
  context.scope.cancel(first);
  await expect(waiting).rejects.toBe(first);
  await expect(orCancelled(context, Promise.resolve(1))).rejects.toBe(first);
});

test("a context tells the deadline on both clocks", async () => {
  const { clock } = virtualWorld({ now: 1_000_000 });
  const context = new CallContext(clock, { traceparent: "00-a-b-01" }, clock.monotonic() + 100, 2);
  expect(context.deadline).toEqual(new Date(1_000_100));
  expect([context.remainingMs(), context.attempt, context.traceparent]).toEqual([
    100,
    2,
    "00-a-b-01",
  ]);
  await clock.advance(250);
  expect(context.remainingMs()).toBe(0);
  const free = new CallContext(clock, noMetadata);
  expect([free.deadline, free.remainingMs(), free.attempt, free.traceparent]).toEqual([
    undefined,
    Infinity,
    1,
    undefined,
  ]);
});
