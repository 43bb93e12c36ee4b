import { performance } from "node:perf_hooks";

/** Milliseconds since the Unix epoch that never go back; processes of one machine agree on them. */
export const now = (): number => performance.timeOrigin + performance.now();
