import type { CallOptions } from "../call/call-options.js";

const begun = Symbol("plugboard.begun");

type BegunOptions = CallOptions & { [begun]?: number };

/** Notes in the options of a call that its time began at `now`, on the monotonic clock, before it could be made. */
export function beginsAt(options: CallOptions, now: number): void {
  (options as BegunOptions)[begun] = now;
}

/** When a call's time began, if that was before it was made. */
export const begunAt = (options: CallOptions): number | undefined =>
  (options as BegunOptions)[begun];
