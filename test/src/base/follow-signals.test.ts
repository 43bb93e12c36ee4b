import { getEventListeners } from "node:events";
import { expect, test } from "@jest/globals";
import { followSignals } from "../../../src/base/follow-signals.js";

const listeners = ({ signal }: AbortController): number =>
  getEventListeners(signal, "abort").length;

test("the first of the signals aborts the controller, for its reason", () => {
  const [one, other, mine] = [new AbortController(), new AbortController(), new AbortController()];
  followSignals(mine, one.signal, undefined, other.signal);
  other.abort("second");
  one.abort("first");
  expect(mine.signal.reason).toBe("second");
});

test("a signal that has aborted already aborts it at once", () => {
  const mine = new AbortController();
  followSignals(mine, AbortSignal.abort("before"));
  expect(mine.signal.reason).toBe("before");
});

test("nothing is left in a signal that lives on", () => {
  const [longLived, mine] = [new AbortController(), new AbortController()];
  const release = followSignals(mine, longLived.signal);
  expect(listeners(longLived)).toBe(1);
  release();
  expect(listeners(longLived)).toBe(0);
  longLived.abort();
  expect(mine.signal.aborted).toBe(false);
});
