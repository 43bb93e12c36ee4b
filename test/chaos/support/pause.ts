import { setTimeout as sleep } from "node:timers/promises";

/** Lets time pass; rejects when the signal aborts. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  sleep(ms, undefined, signal && { signal });
